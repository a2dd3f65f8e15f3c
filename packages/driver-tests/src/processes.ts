import { fileURLToPath } from 'node:url'
import { createTasq } from '@tasq/core'
import { type Program, startNode } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { hang, note } from '../programs/tasks.ts'
import type { DriverStore } from './store.ts'

export interface ProcessOptions {
  /** An empty backend for the running test. */
  readonly openStore: () => Promise<DriverStore>
  /** Whether a process is woken by what another one does; else it looks at its polls. */
  readonly wakes: boolean
}

/** Workers and producers in processes of their own, which are killed and told to stop. */
export function describeProcesses({ openStore, wakes }: ProcessOptions): void {
  describe('in processes of their own', () => {
    test('kill -9 of a worker in the middle of a run: every task is done within a lease plus 5 s, none is lost, none settled twice', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [note] })
      const handles = await tasq.enqueueMany(
        note,
        Array.from({ length: 400 }, (_, number) => ({ number, ms: 10 })),
      )
      const victim = run(store, 'worker', '10', 'stuck')
      await victim.out.line('completed')
      await victim.out.line('stuck')
      const survivor = run(store, 'worker')
      await survivor.out.line('completed')
      victim.process.kill('SIGKILL')
      expect(await victim.ended).toBe('SIGKILL')

      await expect
        .poll(() => tasq.queue('default').counts(), { timeout: 2_000 + 5_000, interval: 50 })
        .toMatchObject({ ready: 0, scheduled: 0, active: 0, dead: 0 })
      survivor.process.kill('SIGTERM')
      expect(await survivor.ended).toBe(0)

      const lines = [...victim.out.lines(), ...survivor.out.lines()]
      const completed = lines.filter((line) => line.startsWith('completed'))
      expect(new Set(lines.filter((line) => line.startsWith('ran'))).size).toBe(handles.length)
      expect(new Set(completed).size).toBe(completed.length)
      expect(survivor.out.lines().some((line) => line.startsWith('recovered'))).toBe(true)
      expect(survivor.err.text()).toBe('')
    })

    test('a task that takes its worker down at every attempt ends among the dead letters as lost', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [hang] })
      const { id } = await tasq.enqueue(hang)
      for (let attempt = 1; attempt <= 2; attempt++) {
        const victim = run(store, 'worker')
        await victim.out.line(`started ${id}`)
        victim.process.kill('SIGKILL')
        await victim.ended
      }
      const undertaker = run(store, 'worker')
      await undertaker.out.line(`recovered ${id}`)
      await expect
        .poll(() => tasq.handle(hang, id).inspect())
        .toMatchObject({
          state: 'dead',
          reason: 'lost',
          attempts: 2,
          failures: [{ code: 'TASQ_LEASE_LOST' }, { code: 'TASQ_LEASE_LOST' }],
        })
    })

    test('several workers and producers run every task exactly once [C24]', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [note] })
      await tasq.open()
      const workers = [run(store, 'worker'), run(store, 'worker'), run(store, 'worker')]
      const producers = [0, 200, 400].map((from) => run(store, 'produce', '200', String(from)))
      for (const producer of producers) expect(await producer.ended, producer.err.text()).toBe(0)
      await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
      for (const worker of workers) worker.process.kill('SIGTERM')
      for (const worker of workers) expect(await worker.ended, worker.err.text()).toBe(0)
      const ran = workers.flatMap(({ out }) => out.lines().filter((line) => line.startsWith('ran')))
      expect(ran).toHaveLength(600)
      expect(new Set(ran).size).toBe(600)
    })

    if (wakes) {
      test('a worker is woken by the enqueue of another process, long before its poll', async () => {
        const store = await openStore()
        await using tasq = createTasq({ driver: store.driver(), tasks: [note] })
        const worker = tasq.worker({ pollInterval: '1h' })
        await worker.start()
        const done = new Promise<void>((resolve) => tasq.events.on('task:completed', () => resolve()))
        const producer = run(store, 'produce', '1')
        await producer.out.line('stored')
        await done
      })
    }

    test('a result is awaited across processes', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [note] })
      const worker = run(store, 'worker')
      await worker.out.line('online')
      const handle = await tasq.enqueue(note, { number: 1, ms: 100 }, { keepResult: '1m' })
      expect(await handle.result({ timeout: '10s' })).toBeUndefined()
    })

    test('SIGTERM lets running tasks end, and hands back what waits', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [note] })
      const worker = run(store, 'worker', '2')
      await tasq.enqueueMany(
        note,
        [1, 2, 3, 4].map((number) => ({ number, ms: 300 })),
      )
      await worker.out.line('started')
      worker.process.kill('SIGTERM')
      expect(await worker.ended, worker.err.text()).toBe(0)
      const { ready, active } = await tasq.queue('default').counts()
      const ran = worker.out.lines().filter((line) => line.startsWith('ran')).length
      expect({ active, all: ran + ready }).toEqual({ active: 0, all: 4 })
      expect(ran).toBeGreaterThan(0)
    })

    test('a second SIGTERM stops at once and hands back what runs, without an attempt', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [hang] })
      const worker = run(store, 'worker')
      const { id } = await tasq.enqueue(hang)
      await worker.out.line(`started ${id}`)
      worker.process.kill('SIGTERM')
      await worker.out.line('signal')
      worker.process.kill('SIGTERM')
      await worker.out.line('stopped')
      expect(await tasq.handle(hang, id).inspect()).toMatchObject({ state: 'ready', attempts: 0 })
    })

    test('six processes that start at once on an empty store agree on what is in it', async () => {
      const store = await openStore()
      const children = Array.from({ length: 6 }, () => run(store, 'produce', '1'))
      for (const child of children) expect(await child.ended, child.err.text()).toBe(0)
      expect(children.map(({ out }) => out.text()).filter((text) => !text.startsWith('stored'))).toEqual([])
      await using tasq = createTasq({ driver: store.driver() })
      expect(await tasq.queue('default').counts()).toMatchObject({ ready: 6 })
    })
  })
}

/** Runs a program of `programs/` on the store; it is killed with the test. */
function run({ recipe }: DriverStore, name: string, ...parameters: readonly string[]): Program {
  const path = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))
  return startNode(['--no-warnings', path, JSON.stringify(recipe), ...parameters])
}
