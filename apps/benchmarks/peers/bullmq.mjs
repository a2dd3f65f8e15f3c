import { createPostgresBackend, createRedisBackend, Queue, Worker } from 'bullmq'

const backends = {
  redis: { factory: createRedisBackend, connectionOf: ({ url }) => ({ url, maxRetriesPerRequest: null }) },
  postgres: {
    factory: createPostgresBackend,
    connectionOf: ({ url }) => ({ connectionString: url, max: 10, migrate: true }),
  },
}

/** @type {(backend: string, name: string, settings: string, jobOptions: object, pace: object) => object} */
const subject = (backend, name, settings, jobOptions, pace) => ({
  name,
  backend,
  settings,
  pace,
  open: async (place, { uniqueAndKept }) => {
    const { factory, connectionOf } = backends[backend]
    const connection = connectionOf(place)
    const queue = new Queue('bench', { connection, defaultJobOptions: jobOptions }, factory)
    await queue.waitUntilReady()
    const optionsOf = ({ index }) =>
      uniqueAndKept ? { jobId: `job-${index}`, removeOnComplete: { age: 3_600 } } : undefined
    return {
      enqueue: async (payload) => void (await queue.add('noop', payload, optionsOf(payload))),
      enqueueMany: async (all) =>
        void (await queue.addBulk(all.map((data) => ({ name: 'noop', data, opts: optionsOf(data) })))),
      work: async (concurrency, handler) => {
        const worker = new Worker('bench', (job) => handler(job.data), { connection, concurrency }, factory)
        worker.on('error', () => {})
        await worker.waitUntilReady()
        return { stop: () => worker.close() }
      },
      left: async () => {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'failed')
        return Object.values(counts).reduce((sum, count) => sum + count, 0)
      },
      close: () => queue.close(),
    }
  },
})

const KEPT = {}
const LEAN = { removeOnComplete: true, removeOnFail: true }
/** On PostgreSQL. */
const SLOW = { enqueue: 1_000, drain: 1_000 }

export const subjects = [
  subject('redis', 'bullmq', 'defaults: completed jobs are kept', KEPT, {}),
  subject('redis', 'bullmq (lean)', 'removeOnComplete, removeOnFail', LEAN, {}),
  subject('postgres', 'bullmq', 'defaults: completed jobs are kept; 10 connections', KEPT, SLOW),
  subject('postgres', 'bullmq (lean)', 'removeOnComplete, removeOnFail; 10 connections', LEAN, SLOW),
]
