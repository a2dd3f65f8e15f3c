import { PgBoss } from 'pg-boss'

/** @type {(name: string, settings: string, batchOf: (concurrency: number) => object) => object} */
const subject = (name, settings, batchOf) => ({
  name,
  backend: 'postgres',
  settings,
  pace: { enqueue: 1_500, drain: 5_000 },
  open: async ({ url }, { uniqueAndKept }) => {
    const boss = new PgBoss({ connectionString: url, max: 10, useListenNotify: true })
    boss.on('error', () => {})
    await boss.start()
    await boss.createQueue('bench', { notify: true })
    const optionsOf = ({ index }) => (uniqueAndKept ? { singletonKey: String(index) } : undefined)
    return {
      enqueue: async (payload) => void (await boss.send('bench', payload, optionsOf(payload))),
      enqueueMany: async (all) =>
        void (await boss.insert(
          'bench',
          all.map((data) => ({ data, ...optionsOf(data) })),
        )),
      work: async (concurrency, handler) => {
        const options = { ...batchOf(concurrency), burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
        await boss.work('bench', options, async (jobs) => {
          await Promise.all(jobs.map((job) => handler(job.data)))
        })
        return { stop: () => boss.offWork('bench') }
      },
      left: async () => {
        const { rows } = await boss
          .getDb()
          .executeSql(
            `SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'bench' AND state <> 'completed'`,
          )
        return rows[0].count
      },
      close: () => boss.stop({ graceful: true, timeout: 5_000 }),
    }
  },
})

export const subjects = [
  subject('pg-boss', 'one worker, batchSize = concurrency, burst, notify', (concurrency) => ({
    batchSize: concurrency,
  })),
  subject('pg-boss (wide)', '4 workers of batchSize 1000, beyond the concurrency, burst, notify', () => ({
    batchSize: 1_000,
    localConcurrency: 4,
  })),
]
