import { createTasq, type Driver, defineTask, reasonOf, TasqError, type Worker } from '@tasq/core'
import type { Ran } from './ran.ts'

/** What a task carries. */
export interface ProbeInput {
  readonly index: number
  readonly pad: string
}

/** A queue of its own for a measurement, with tasks that only say that they ran. */
export interface Probe {
  readonly store: (inputs: readonly ProbeInput[]) => Promise<void>
  readonly storeOne: (input: ProbeInput) => Promise<void>
  readonly startWorker: (concurrency: number) => Promise<Worker>
  /** Stops its workers and takes away what is left of its tasks. @throws StoreError where the backend does not let it */
  readonly empty: () => Promise<void>
  readonly close: () => Promise<void>
}

const STATES = ['ready', 'scheduled', 'completed', 'cancelled'] as const

/** Connects. */
export async function openProbe(driver: Driver, name: string, ran: Ran): Promise<Probe> {
  const task = defineTask({
    name: 'tasq.bench',
    queue: name,
    run: ({ index }: ProbeInput) => ran.start(index),
  })
  const tasq = createTasq({ driver, tasks: [task] })
  tasq.events.on('task:completed', () => ran.settle())
  tasq.events.on('task:dead', ({ reason, failure }) => ran.fail(failure?.message ?? reason))
  tasq.events.on('worker:error', ({ error }) => {
    ran.problem = reasonOf(error)
  })
  await tasq.open()
  const workers: Worker[] = []
  return {
    store: async (inputs) => void (await tasq.enqueueMany(task, inputs)),
    storeOne: async (input) => void (await tasq.enqueue(task, input)),
    startWorker: async (concurrency) => {
      const worker = tasq.worker({ queues: [name], concurrency })
      workers.push(worker)
      await worker.start()
      return worker
    },
    empty: async () => {
      await Promise.all(workers.map((worker) => worker.stop({ timeout: '5s' })))
      const queue = tasq.queue(name)
      for (const state of STATES) await whereItCan(() => queue.purge([state]))
      await queue.deadLetters.purge()
    },
    close: () => tasq.close(),
  }
}

/** Brokers keep nothing of tasks in some states, and say so. */
async function whereItCan(purge: () => Promise<number>): Promise<void> {
  try {
    await purge()
  } catch (error) {
    if (!TasqError.isInstance(error) || error.code !== 'TASQ_UNSUPPORTED') throw error
  }
}
