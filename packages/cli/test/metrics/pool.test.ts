import { fileURLToPath } from 'node:url'
import { createTasq, defineTask } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { temporaryFolder } from '@tasq/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { serveMetrics } from '../../src/metrics/server.ts'
import { poolSource } from '../../src/metrics/source.ts'
import { sample } from './samples.ts'

const work = defineTask({ name: 'work', queue: 'jobs', run: (_what: string) => undefined })

/** A pool of two processes, served by their parent. */
async function served() {
  const file = `${temporaryFolder()}/tasq.db`
  process.env.POOL_FILE = file
  const tasq = createTasq({ driver: sqlite(file), tasks: [work] })
  const pool = tasq.pool({
    module: fileURLToPath(new URL('../fixtures/pool-app.mjs', import.meta.url)),
    execArgv: [],
    min: 2,
    max: 2,
    worker: { metrics: true, concurrency: 3, prefetch: 0 },
  })
  const server = await serveMetrics({
    tasq,
    source: poolSource(pool),
    port: 0,
    host: '127.0.0.1',
    cacheMs: 0,
  })
  onTestFinished(async () => {
    await tasq.close()
    await server.close()
  })
  const metrics = async () => await (await fetch(`${server.url}/metrics`)).text()
  const status = async (path: string) => (await fetch(`${server.url}${path}`)).status
  return { tasq, pool, metrics, status }
}

const DONE = 'tasq_tasks_succeeded_total{queue="jobs",task="work"}'
const FAILED = 'tasq_tasks_failed_total{queue="jobs",task="work"}'

test('the parent of several processes serves what all of them do, and have done', async () => {
  const { tasq, pool, metrics, status } = await served()
  expect(await status('/readyz')).toBe(503)
  await pool.start()
  expect(await status('/readyz')).toBe(200)
  await expect
    .poll(async () => [...(await metrics()).matchAll(/^tasq_worker_health\{.*\} 1$/gm)].length)
    .toBe(2)
  expect([...(await metrics()).matchAll(/^tasq_worker_concurrency\{.*\} 3$/gm)]).toHaveLength(2)
  expect(await status('/healthz')).toBe(200)
  await tasq.enqueueMany(work, [...Array.from({ length: 8 }, () => 'fine'), 'fail', 'block', 'block'])
  await expect
    .poll(async () => [sample(await metrics(), DONE), sample(await metrics(), FAILED)])
    .toEqual([10, 1])
  expect(sample(await metrics(), 'tasq_task_duration_seconds_count{queue="jobs",task="work"}')).toBe(11)
  // The longest delay of a loop stays to be seen for a while.
  const lags = [...(await metrics()).matchAll(/^tasq_event_loop_lag_seconds\{.*\} (\S+)$/gm)].map(([, lag]) =>
    Number(lag),
  )
  expect(Math.max(...lags)).toBeGreaterThan(0.2)
  // What a process has done stays when it is gone.
  const [first] = pool.members
  if (first?.pid !== undefined) process.kill(first.pid, 'SIGKILL')
  await expect.poll(() => pool.members.map(({ pid }) => pid)).not.toContain(first?.pid)
  expect([sample(await metrics(), DONE), sample(await metrics(), FAILED)]).toEqual([10, 1])
  await tasq.enqueueMany(work, ['fine', 'fine'])
  await expect.poll(async () => sample(await metrics(), DONE)).toBe(12)
  const stopped = pool.stop()
  expect([await status('/readyz'), await status('/healthz')]).toEqual([503, 503])
  await stopped
  expect(sample(await metrics(), DONE)).toBe(12)
})
