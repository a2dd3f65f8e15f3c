#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// What was compiled is kept for the next run, so the rest must not be imported before this.
enableCompileCache()
const { runCli } = await import('./program.ts')

const streams = [process.stdout, process.stderr]
// Whoever read the output may be gone; tasks go on.
for (const stream of streams) stream.on('error', () => undefined)

const exitCode = await runCli(process.argv.slice(2))
await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))))
// What the user's modules keep open, and handlers that did not heed their signal, would keep the process alive.
process.exit(exitCode)
