import { makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'

const FAST = {
  localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
}

const logger = { scope: () => logger, error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

/** @type {(name: string, settings: string, options: object, pace: object) => object} */
const subject = (name, settings, options, pace) => ({
  name,
  backend: 'postgres',
  settings,
  pace,
  open: async ({ url }, { uniqueAndKept }) => {
    const pgPool = new pg.Pool({ connectionString: url, max: 10 })
    const utils = await makeWorkerUtils({ pgPool, logger })
    await utils.migrate()
    const spec = ({ index }) => (uniqueAndKept ? { jobKey: String(index) } : undefined)
    return {
      enqueue: async (payload) => void (await utils.addJob('noop', payload, spec(payload))),
      enqueueMany: async (all) =>
        void (await utils.addJobs(all.map((payload) => ({ identifier: 'noop', payload, ...spec(payload) })))),
      work: async (concurrency, handler) => {
        const runner = await run({
          preset: {
            worker: {
              connectionString: url,
              concurrentJobs: concurrency,
              maxPoolSize: 10,
              logger,
              ...options,
            },
          },
          taskList: { noop: async (payload) => await handler(payload) },
          noHandleSignals: true,
        })
        return { stop: () => runner.stop() }
      },
      left: async () => {
        const { rows } = await pgPool.query(
          'SELECT count(*)::int AS count FROM graphile_worker._private_jobs',
        )
        return rows[0].count
      },
      close: async () => {
        await utils.release()
        await pgPool.end()
      },
    }
  },
})

export const subjects = [
  subject('graphile-worker', 'defaults', {}, { enqueue: 1_000, drain: 3_500 }),
  subject('graphile-worker (fast)', 'localQueue 500 with refetchDelay 10 ms, completion batched', FAST, {
    enqueue: 1_000,
  }),
]
