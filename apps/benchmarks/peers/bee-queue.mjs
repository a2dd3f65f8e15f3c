import BeeQueue from 'bee-queue'

const FAST = {
  getEvents: false,
  sendEvents: false,
  storeJobs: false,
  activateDelayedJobs: false,
  removeOnSuccess: true,
}

/** @type {(name: string, settings: string, options: object) => object} */
const subject = (name, settings, options) => ({
  name,
  backend: 'redis',
  settings,
  open: async ({ url }) => {
    const queue = new BeeQueue('bench', { ...options, redis: url, isWorker: false })
    await queue.ready()
    return {
      enqueue: async (payload) => void (await queue.createJob(payload).save()),
      enqueueMany: async (all) => {
        const failures = await queue.saveAll(all.map((payload) => queue.createJob(payload)))
        if (failures.size > 0) throw new Error(`${failures.size} jobs were not saved`)
      },
      work: async (concurrency, handler) => {
        const worker = new BeeQueue('bench', { ...options, redis: url })
        await worker.ready()
        worker.process(concurrency, async (job) => await handler(job.data))
        return { stop: () => worker.close(10_000) }
      },
      left: async () => {
        const { waiting, active, failed, delayed } = await queue.checkHealth()
        return waiting + active + failed + delayed
      },
      close: () => queue.close(),
    }
  },
})

export const subjects = [
  subject('bee-queue', 'defaults', {}),
  subject(
    'bee-queue (fast)',
    Object.entries(FAST)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', '),
    FAST,
  ),
]
