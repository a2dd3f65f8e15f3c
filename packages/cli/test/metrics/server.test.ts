import { createServer } from 'node:net'
import { createTasq, defineTask } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { expect, onTestFinished, test } from 'vitest'
import { PortUnavailableError } from '../../src/errors.ts'
import { type ServeMetricsOptions, serveMetrics } from '../../src/metrics/server.ts'
import { workerSource } from '../../src/metrics/source.ts'
import { sample } from './samples.ts'

/** An app with one worker whose metrics are served, and what a scraper gets of them. */
async function served(options: Partial<ServeMetricsOptions> = {}) {
  const ends = Promise.withResolvers<void>()
  const wait = defineTask({ name: 'wait', queue: 'jobs', run: () => ends.promise })
  const fail = defineTask({
    name: 'fail',
    queue: 'jobs',
    retry: { maxAttempts: 1 },
    run: () => {
      throw new Error('told to')
    },
  })
  const tasq = createTasq({ driver: memory(), tasks: [wait, fail] })
  const worker = tasq.worker({ metrics: true, workerId: 'w1', concurrency: 4 })
  const server = await serveMetrics({
    tasq,
    source: workerSource(worker),
    port: 0,
    host: '127.0.0.1',
    cacheMs: 0,
    ...options,
  })
  onTestFinished(async () => {
    ends.resolve()
    await tasq.close()
    await server.close()
  })
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${server.url}${path}`, init)
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    }
  }
  const healthz = async () => {
    const { status, body } = await get('/healthz')
    return { code: status, ...(JSON.parse(body) as object) }
  }
  const readyz = async () => (await get('/readyz')).status
  return { tasq, worker, server, wait, fail, get, healthz, readyz, endWaiting: () => ends.resolve() }
}

test('what a worker has done is served as it is at each scrape [U28, C31]', async () => {
  const { tasq, worker, wait, fail, get, endWaiting } = await served()
  await tasq.enqueueMany(wait, [undefined, undefined])
  await tasq.enqueue(fail, undefined)
  await worker.start()
  await expect
    .poll(async () => sample((await get('/metrics')).body, 'tasq_active_tasks{worker="w1"}'))
    .toBe(2)
  endWaiting()
  const done = 'tasq_tasks_succeeded_total{queue="jobs",task="wait"}'
  await expect.poll(async () => sample((await get('/metrics')).body, done)).toBe(2)
  const { status, type, body } = await get('/metrics?now')
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
  expect(sample(body, 'tasq_tasks_failed_total{queue="jobs",task="fail"}')).toBe(1)
  expect(sample(body, 'tasq_tasks_processed_total{queue="jobs",task="fail"}')).toBe(1)
  expect(sample(body, 'tasq_worker_concurrency{worker="w1"}')).toBe(4)
  expect(sample(body, 'tasq_worker_health{worker="w1"}')).toBe(1)
  expect(sample(body, 'tasq_event_loop_lag_seconds{worker="w1"}')).toBeGreaterThanOrEqual(0)
  expect(sample(body, 'tasq_task_duration_seconds_count{queue="jobs",task="wait"}')).toBe(2)
  expect(sample(body, 'tasq_queue_wait_seconds_count{queue="jobs",task="wait"}')).toBe(2)
  expect(sample(body, 'tasq_queue_tasks{queue="jobs",state="dead"}')).toBe(1)
  expect(sample(body, 'tasq_queue_paused{queue="jobs"}')).toBe(0)
})

test('it is ready once it takes tasks, and neither ready nor healthy when it stops [U27, C32]', async () => {
  const { tasq, worker, wait, healthz, readyz, endWaiting } = await served()
  expect(await readyz()).toBe(503)
  expect(await healthz()).toMatchObject({ code: 200, status: 'degraded', reasons: ['the worker is created'] })
  await worker.start()
  expect(await readyz()).toBe(200)
  expect(await healthz()).toEqual({ code: 200, status: 'healthy', state: 'running', reasons: [] })
  worker.pause()
  expect(await readyz()).toBe(200)
  worker.resume()
  await tasq.enqueue(wait, undefined)
  await expect.poll(() => worker.health().activeTasks).toBe(1)
  const stopped = worker.stop()
  expect(await readyz()).toBe(503)
  expect(await healthz()).toMatchObject({
    code: 503,
    status: 'unhealthy',
    reasons: ['the worker is stopping'],
  })
  endWaiting()
  await stopped
  expect(await healthz()).toMatchObject({ code: 503, state: 'stopped' })
})

test('a backend that hangs does not hang a scrape', async () => {
  const driver = memory()
  driver.inspection.count = () => new Promise(() => undefined)
  const { get } = await served({ tasq: createTasq({ driver }), timeoutMs: 30 })
  const { status, body } = await get('/metrics')
  expect({ status, up: sample(body, 'tasq_backend_up') }).toEqual({ status: 200, up: 0 })
})

test('anything else is told what there is', async () => {
  const { get } = await served()
  expect(await get('/')).toMatchObject({ status: 404, body: 'There is /metrics, /healthz and /readyz.\n' })
  expect((await get('/metrics', { method: 'POST' })).status).toBe(405)
  expect(await get('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
})

test('a port that is taken is an error that says so, and what to do', async () => {
  const other = createServer()
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => {
      const address = other.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  onTestFinished(() => void other.close())
  const error = await served({ port }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PortUnavailableError)
  expect(error).toMatchObject({
    code: 'TASQ_PORT_UNAVAILABLE',
    message: expect.stringContaining(`127.0.0.1:${port}: something listens there already`),
    nextStep: expect.stringContaining('another port'),
  })
  await expect(served({ host: '192.0.2.1' })).rejects.toThrow('this machine has no such address')
})

test('nothing listens once it is closed', async () => {
  const { server, get } = await served()
  await server.close()
  await expect(get('/metrics')).rejects.toThrow('fetch failed')
})
