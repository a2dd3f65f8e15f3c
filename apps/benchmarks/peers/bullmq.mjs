import { Queue, Worker } from 'bullmq'

/** @type {(name: string, settings: string, jobOptions: object) => object} */
const subject = (name, settings, jobOptions) => ({
  name,
  backend: 'redis',
  settings,
  mostTasks: 50_000,
  open: async ({ url }, { uniqueAndKept }) => {
    const connection = { url, maxRetriesPerRequest: null }
    const queue = new Queue('bench', { connection, defaultJobOptions: jobOptions })
    await queue.waitUntilReady()
    const optionsOf = ({ index }) =>
      uniqueAndKept ? { jobId: `job-${index}`, removeOnComplete: { age: 3_600 } } : undefined
    return {
      enqueue: async (payload) => void (await queue.add('noop', payload, optionsOf(payload))),
      enqueueMany: async (all) =>
        void (await queue.addBulk(all.map((data) => ({ name: 'noop', data, opts: optionsOf(data) })))),
      work: async (concurrency, handler) => {
        const worker = new Worker('bench', (job) => handler(job.data), { connection, concurrency })
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

export const subjects = [
  subject('bullmq', 'defaults: completed jobs are kept', {}),
  subject('bullmq (lean)', 'removeOnComplete, removeOnFail', { removeOnComplete: true, removeOnFail: true }),
]
