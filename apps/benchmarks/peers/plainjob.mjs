import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker, JobStatus } from 'plainjob'

const logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

export const subjects = [
  {
    name: 'plainjob',
    backend: 'sqlite',
    settings: 'defaults (synchronous NORMAL); one worker object for each of the concurrency',
    open: async ({ file }) => {
      const queue = defineQueue({ connection: better(new Database(file)), logger })
      return {
        enqueue: async (payload) => void queue.add('noop', payload),
        enqueueMany: async (all) => void queue.addMany('noop', [...all]),
        work: async (concurrency, handler) => {
          const process = (job) => handler(JSON.parse(job.data))
          const workers = Array.from({ length: concurrency }, () =>
            defineWorker('noop', process, { queue, logger }),
          )
          for (const worker of workers) void worker.start()
          return { stop: async () => void (await Promise.all(workers.map((worker) => worker.stop()))) }
        },
        left: async () =>
          [JobStatus.Pending, JobStatus.Processing, JobStatus.Failed]
            .map((status) => queue.countJobs({ status }))
            .reduce((sum, count) => sum + count, 0),
        close: async () => queue.close(),
      }
    },
  },
]
