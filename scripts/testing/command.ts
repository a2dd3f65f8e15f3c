import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from '../root.ts'

let running: ChildProcess | undefined
let interruption: NodeJS.Signals | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption ??= signal
    // Ctrl-C reaches the child by itself; this is for when it was meant for this process only.
    running?.kill('SIGTERM')
  })
}

/** The exit code that tells who was interrupted; `undefined` while nobody was. */
export function interruptedCode(): number | undefined {
  return interruption === undefined ? undefined : 128 + constants.signals[interruption]
}

/** Something that hangs must not hang CI: no step takes nearly as long. */
const limitMinutes = 40

/** Runs a program at the root of the repository, with its output shown; gives its exit code. */
export function runCommand(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  if (interruption !== undefined) return Promise.resolve(1)
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  running = child
  const limit = setTimeout(() => {
    console.error(`${program} ${args.join(' ')} has not ended within ${limitMinutes} minutes and is stopped.`)
    child.kill()
  }, limitMinutes * 60_000)
  return new Promise((resolve) => {
    const done = (code: number) => {
      clearTimeout(limit)
      running = undefined
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(`${program} could not be started: ${error.message}`)
      done(1)
    })
    child.on('close', (code) => done(code ?? 1))
  })
}
