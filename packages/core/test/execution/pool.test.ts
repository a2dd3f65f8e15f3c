import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { KINDS, liveStage, type Place, taskOf } from '../support/live-stage.ts'

/** Runs it so often, one after the other, and gives the places where that was. */
async function places(
  count: number,
  options: object,
  kind: 'thread' | 'process',
): Promise<readonly string[]> {
  const where = taskOf<void, Place>('where', kind)
  const { tasq } = liveStage([where])
  await tasq.worker({ ...options }).start()
  const found: string[] = []
  for (let n = 0; n < count; n++) {
    const { pid, threadId } = await (await tasq.enqueue(where)).result()
    found.push(`${pid}/${threadId}`)
  }
  return found
}

/** Processes that this one has started and that are not gone. */
function children(): readonly number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return lines
    .split('\n')
    .flatMap((line) => (line.includes('execution/child.') ? [Number.parseInt(line, 10)] : []))
}

describe.each(KINDS)('a %s', (kind) => {
  test('is used again', async () => {
    expect(new Set(await places(5, { poolSize: 1 }, kind)).size).toBe(1)
  })

  test('is replaced after maxTasksPerChild tasks [A29]', async () => {
    const found = await places(5, { poolSize: 1, maxTasksPerChild: 2 }, kind)
    expect(found[0]).toBe(found[1])
    expect(found[2]).toBe(found[3])
    expect(new Set(found).size).toBe(3)
  })

  test('is replaced once it takes more than maxMemoryPerChild', async () => {
    const grows = taskOf<number, Place>('grows', kind)
    const { tasq } = liveStage([grows])
    await tasq.worker({ poolSize: 1, maxMemoryPerChild: 300 * 1_048_576 }).start()
    const grow = async (megabytes: number) => await (await tasq.enqueue(grows, megabytes)).result()
    const first = await grow(1)
    expect(await grow(400)).toEqual(first)
    expect(await grow(1)).not.toEqual(first)
  })

  test('runs one handler at a time, and there are never more than poolSize [A29, U2, U3]', async () => {
    const heeds = taskOf('heeds', kind)
    const { tasq, log } = liveStage([heeds])
    await tasq.worker({ poolSize: 2, concurrency: 5, abortGrace: '1m', shutdownTimeout: 0 }).start()
    const handles = await tasq.enqueueMany(heeds, [undefined, undefined, undefined])
    await expect.poll(() => log.count('task:log')).toBe(2)
    await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ active: 3 })
    expect(log.count('task:started')).toBe(2)
    await handles[0]?.cancel()
    await expect.poll(() => log.count('task:started')).toBe(3)
  })
})

test('minChildren are there before the first task, and are topped up', async () => {
  const where = taskOf<void, Place>('where', 'process')
  const { tasq } = liveStage([where])
  const worker = tasq.worker({ poolSize: 4, minChildren: 2 })
  expect(children()).toHaveLength(0)
  await worker.start()
  await expect.poll(() => children()).toHaveLength(2)
  const warm = children()
  const { pid } = await (await tasq.enqueue(where)).result()
  expect(warm).toContain(pid)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => children().filter((child) => child !== pid)).toHaveLength(2)
  await worker.stop()
  expect(children()).toHaveLength(0)
})
