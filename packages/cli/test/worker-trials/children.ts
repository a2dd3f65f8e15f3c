import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { write } from '@tasq/test-support'
import { expect } from 'vitest'
import type { Trial } from '../support/flags.ts'
import { start } from '../support/processes.ts'
import { Store } from '../support/store.ts'
import { pids, terminate } from '../support/workers.ts'

export const childTrials: Readonly<Record<string, Trial>> = {
  '--execution': async (folder) => {
    await new Store(folder).add('where')
    expect(await pids(folder, 1, '--execution', 'process')).not.toContain('here')
    await new Store(folder).add('where')
    expect(await pids(folder, 1)).toEqual(['here'])
  },
  '--process-pool-size': async (folder) => {
    const store = new Store(folder)
    const flags = ['--execution', 'process', '--process-pool-size']
    for (let n = 0; n < 3; n++) await store.add('where')
    expect(new Set(await pids(folder, 3, ...flags, '1')).size).toBe(1)
    rmSync(join(folder, 'present'), { recursive: true })
    for (let n = 0; n < 3; n++) await store.add('where', { company: 3 })
    expect(new Set(await pids(folder, 3, ...flags, '3')).size).toBe(3)
  },
  '--process-pool-max-tasks-per-child': async (folder) => {
    const store = new Store(folder)
    for (let n = 0; n < 4; n++) await store.add('where')
    const flags = ['--execution', 'process', '--process-pool-size', '1']
    const found = await pids(folder, 4, ...flags, '--process-pool-max-tasks-per-child', '2')
    expect(new Set(found).size).toBe(2)
  },
  '--process-pool-min-size': async (folder) => {
    write(folder, 'loud.mjs', `console.log(\`loaded in \${process.pid}\`)\nexport { where } from './cpu.mjs'`)
    const loaded = async (...flags: readonly string[]) => {
      const program = start(folder, 'worker', '--tasks', 'ready.mjs', '--execution', 'process', ...flags)
      await program.err.line(/online/)
      return program
    }
    write(
      folder,
      'ready.mjs',
      `import { defineTask } from '@tasq/core'
      console.log(\`loaded in \${process.pid}\`)
      export const ready = defineTask({ name: 'ready', module: import.meta.url, run: () => {} })`,
    )
    const eager = await loaded('--process-pool-size', '2', '--process-pool-min-size', '2')
    await expect.poll(() => new Set(eager.out.lines()).size).toBe(3) // the worker's own process is one of them
    await terminate(eager)
    const lazy = await loaded('--process-pool-size', '2')
    await terminate(lazy)
    expect(new Set(lazy.out.lines()).size).toBe(1)
  },
  '--process-pool-max-memory-per-child': async (folder) => {
    const store = new Store(folder)
    for (let n = 0; n < 3; n++) await store.add('where')
    const flags = ['--execution', 'process', '--process-pool-size', '1']
    const found = await pids(folder, 3, ...flags, '--process-pool-max-memory-per-child', '1')
    expect(new Set(found).size).toBe(3)
  },
}
