import { readdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { gone, isAlive } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { defineTask, type ErrorKind, typed } from '../../src/index.ts'
import { HANDLERS, KINDS, liveStage, type Place, taskOf } from '../support/live-stage.ts'
import { only } from '../support/present.ts'
import { HttpError } from './modules/handlers.ts'

describe.each(KINDS)('in a %s', (kind) => {
  test('a timeout really ends a handler that never gives way, and others go on [U25]', async () => {
    const spins = taskOf('spins', kind, { timeout: 300 })
    const where = taskOf<void, Place>('where', kind)
    const { tasq, log } = liveStage([spins, where])
    const worker = tasq.worker({ poolSize: 1, abortGrace: '100ms' })
    await worker.start()
    await tasq.enqueue(spins)
    await expect
      .poll(() => log.of('task:dead'))
      .toMatchObject([{ failure: { code: 'TASQ_ATTEMPT_TIMEOUT' } }])
    expect(await (await tasq.enqueue(where)).result()).toMatchObject({ pid: expect.any(Number) })
    expect(log.count('task:stuck')).toBe(0)
    expect(worker.health().activeTasks).toBe(0)
  })

  test('a handler that is cancelled hears of it first, with the reason', async () => {
    const heeds = taskOf('heeds', kind)
    const { tasq, log } = liveStage([heeds])
    await tasq.worker({ abortGrace: '1m' }).start()
    const handle = await tasq.enqueue(heeds)
    await expect.poll(() => log.count('task:log')).toBe(1)
    await handle.cancel('not wanted')
    await expect.poll(() => log.of('task:cancelled')).toMatchObject([{ reason: 'not wanted' }])
    expect(log.of('task:log')[1]).toMatchObject({
      message: 'aborted',
      fields: { code: 'TASQ_TASK_CANCELLED', name: 'TaskCancelledError' },
    })
  })

  test('and one that does not heed it is ended after its grace', async () => {
    const deaf = taskOf('deaf', kind)
    const where = taskOf<void, Place>('where', kind)
    const { tasq, log } = liveStage([deaf, where])
    await tasq.worker({ abortGrace: '50ms', poolSize: 1 }).start()
    const handle = await tasq.enqueue(deaf)
    await expect.poll(() => log.count('task:log')).toBe(1)
    await handle.cancel()
    await expect.poll(() => log.count('task:cancelled')).toBe(1)
    expect(log.count('task:stuck')).toBe(0)
    const { pid } = await (await tasq.enqueue(where)).result()
    if (kind === 'process') expect(pid).not.toBe(only(log.of('task:log')).fields?.['pid'])
  })

  test('a task that waits for its turn is cancelled at once', async () => {
    const heeds = taskOf('heeds', kind)
    const { tasq, log } = liveStage([heeds])
    await tasq.worker({ poolSize: 1, shutdownTimeout: 0 }).start()
    await tasq.enqueue(heeds)
    await expect.poll(() => log.count('task:log')).toBe(1)
    const second = await tasq.enqueue(heeds)
    await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ active: 2 })
    await second.cancel()
    await expect.poll(() => log.of('task:cancelled')).toMatchObject([{ id: second.id }])
    expect(log.count('task:started')).toBe(1)
  })

  test.each(kind === 'process' ? (['kill', 'exit', 'uncaught'] as const) : (['exit', 'uncaught'] as const))(
    'a child that dies (%s) is a failed attempt, and is replaced [Q14]',
    async (how) => {
      const dies = taskOf<'kill' | 'exit' | 'uncaught', unknown>('dies', kind, { maxAttempts: 2 })
      const where = taskOf<void, Place>('where', kind)
      const { tasq, log } = liveStage([dies, where])
      await tasq.worker({ poolSize: 1 }).start()
      await tasq.enqueue(dies, how)
      await expect
        .poll(() => log.of('task:dead'))
        .toMatchObject([
          { attempt: 2, reason: 'exhausted', failure: { name: 'ChildDiedError', code: 'TASQ_CHILD_DIED' } },
        ])
      expect(log.of('task:failed')[0]?.failure.message).toMatch(
        {
          kill: 'signal SIGKILL',
          exit: 'exit code 3',
          uncaught: kind === 'process' ? 'exit code 1' : 'nobody catches',
        }[how],
      )
      await (await tasq.enqueue(where)).result()
    },
  )

  test('an error keeps its name, message, stack, code and cause', async () => {
    const fails = taskOf<string, unknown>('fails', kind)
    const { tasq, log } = liveStage([fails])
    const errors: unknown[] = []
    const hooked = defineTask({
      name: 'hooked',
      execution: kind,
      module: HANDLERS,
      export: 'fails',
      input: typed<string>(),
      retry: { maxAttempts: 1 },
      onDead: (error) => void errors.push(error),
    })
    const second = liveStage([hooked])
    await second.tasq.worker().start()
    await second.tasq.enqueue('hooked', 'cause')
    await expect.poll(() => errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      name: 'TypeError',
      message: 'outer',
      stack: expect.stringContaining('handlers.ts'),
      cause: { name: 'RangeError', message: 'inner', code: 'E_INNER' },
    })
    await tasq.worker().start()
    await tasq.enqueue(fails, 'text')
    await expect
      .poll(() => log.of('task:dead'))
      .toMatchObject([{ failure: { name: 'NonError', message: 'just text' } }])
  })

  test('PermanentError, and subclasses of it, are not tried again', async () => {
    const fails = taskOf<string, unknown>('fails', kind, { maxAttempts: 5 })
    const { tasq, log } = liveStage([fails])
    await tasq.worker().start()
    await tasq.enqueue(fails, 'permanent')
    await expect.poll(() => log.of('task:dead')).toMatchObject([{ attempt: 1, reason: 'permanent' }])
  })

  test.each<readonly ErrorKind[]>([['HttpError'], [HttpError]])(
    'retry filters know %s by its class',
    async (giveUp) => {
      const fails = defineTask({
        name: 'fails',
        execution: kind,
        module: HANDLERS,
        export: 'fails',
        input: typed<string>(),
        retry: { maxAttempts: 5, giveUpOn: [giveUp] },
      })
      const { tasq, log } = liveStage([fails])
      await tasq.worker().start()
      await tasq.enqueue('fails', 'http')
      await expect
        .poll(() => log.of('task:dead'))
        .toMatchObject([{ attempt: 1, reason: 'permanent', failure: { message: 'no answer' } }])
    },
  )

  test('a stop lets the handler end, and aborts it after its time', async () => {
    const heeds = taskOf('heeds', kind)
    const { tasq, log } = liveStage([heeds])
    const worker = tasq.worker({ shutdownTimeout: 0, abortGrace: '1m' })
    await worker.start()
    await tasq.enqueue(heeds)
    await expect.poll(() => log.count('task:log')).toBe(1)
    expect(await worker.stop()).toMatchObject({ released: 1, abandoned: 0 })
    expect(log.of('task:log')[1]).toMatchObject({ fields: { code: 'TASQ_WORKER_STOPPING' } })
  })

  test('a stop leaves none behind: neither one that rests nor one that is deaf', async () => {
    const deaf = taskOf('deaf', kind)
    const where = taskOf<void, Place>('where', kind)
    const { tasq, log } = liveStage([deaf, where])
    await Promise.all(Array.from({ length: 8 }, () => stat('.'))) // all threads that are Node's own are there now
    const before = threads()
    const worker = tasq.worker({ shutdownTimeout: 0, abortGrace: '50ms', poolSize: 3, minChildren: 3 })
    await worker.start()
    const { pid } = await (await tasq.enqueue(where)).result()
    await tasq.enqueue(deaf)
    await expect.poll(() => log.count('task:log')).toBe(1)
    expect(await worker.stop()).toMatchObject({ released: 1, abandoned: 0 })
    const pids = [pid, Number(only(log.of('task:log')).fields?.['pid'])]
    if (kind === 'process') expect(pids.filter(isAlive)).toEqual([])
    else await expect.poll(threads).toBeLessThanOrEqual(before)
  })
})

test('a process that is killed from outside while it rests is replaced', async () => {
  // The task may come to it before its end is told here: then that is a failed attempt.
  const where = taskOf<void, Place>('where', 'process', { maxAttempts: 2 })
  const { tasq } = liveStage([where])
  await tasq.worker({ poolSize: 1 }).start()
  const { pid } = await (await tasq.enqueue(where)).result()
  process.kill(pid, 'SIGKILL')
  await gone(pid)
  const other = await (await tasq.enqueue(where)).result()
  expect(other.pid).not.toBe(pid)
})

/** Threads of this process. */
function threads(): number {
  return readdirSync('/proc/self/task').length
}
