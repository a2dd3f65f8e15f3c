import { Job, Sidequest } from 'sidequest'

/** Jobs run in this process, so what runs them is found here. */
let handle = async () => {}

/** The engine finds it in this module, by its name. */
export class Noop extends Job {
  async run(payload) {
    await handle(payload)
  }
}

const FAST = { jobPollingInterval: 1 }

/** @type {(url: string) => object} */
const onServer = (url) => ({ connection: url, pool: { min: 2, max: 10 } })

const backends = {
  postgres: ({ url }) => ({ driver: '@sidequest/postgres-backend', config: onServer(url) }),
  mysql: ({ url }) => ({ driver: '@sidequest/mysql-backend', config: onServer(`${url}/peers`) }),
  sqlite: ({ file }) => ({ driver: '@sidequest/sqlite-backend', config: file }),
}

/** Two workers that start on a new database at once would both create it, and one of them fail. */
const createQueue = async (backend) => {
  if ((await backend.getQueue('default')) === undefined) await backend.createNewQueue({ name: 'default' })
}

/** @type {(backend: string, name: string, settings: string, options: object) => object} */
const subject = (backend, name, settings, options) => ({
  name,
  backend,
  settings,
  pace: { enqueue: 600, enqueueMany: 600, drain: 300 },
  open: async (place, { uniqueAndKept }) => {
    const config = {
      ...options,
      backend: backends[backend](place),
      fork: false,
      runner: 'inline',
      manualJobResolution: true,
      jobsFilePath: import.meta.url,
      gracefulShutdown: false,
      dashboard: { enabled: false },
      logger: { level: 'error' },
    }
    await Sidequest.configure(config)
    await createQueue(Sidequest.getBackend())
    const enqueue = async (payload) => {
      const job = Sidequest.build(Noop)
      await (uniqueAndKept ? job.unique({ withArgs: true }) : job).enqueue(payload)
    }
    return {
      enqueue,
      enqueueMany: async (all) => void (await Promise.all(all.map(enqueue))),
      work: async (concurrency, handler) => {
        handle = handler
        await Sidequest.stop() // what it was configured with stays until then
        await Sidequest.start({
          ...config,
          skipMigration: true,
          maxConcurrentJobs: concurrency,
          queues: [{ name: 'default', concurrency }],
        })
        return {
          stop: async () => {
            await Sidequest.stop()
            await Sidequest.configure({ ...config, skipMigration: true })
          },
        }
      },
      left: async () => {
        const { waiting, claimed, running, failed, canceled } = await Sidequest.job.count()
        return waiting + claimed + running + failed + canceled
      },
      close: () => Sidequest.stop(),
    }
  },
})

export const subjects = Object.keys(backends).flatMap((backend) => [
  subject(backend, 'sidequest', 'runner inline, without a fork; else defaults: polls each 100 ms', {}),
  subject(backend, 'sidequest (fast)', 'runner inline, without a fork, jobPollingInterval 1 ms', FAST),
])
