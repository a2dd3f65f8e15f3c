// What a process of a pool runs: it loads the app, works until it is told to stop, and ends.

import { pathToFileURL } from 'node:url'
import type { Tasq } from '../client/tasq.ts'
import type { Worker } from '../engine/worker.ts'
import { type FromChild, isMessage, type ToChild } from './messages.ts'

let worker: Worker | undefined
let isStopping = false

process.on('message', (message: unknown) => {
  if (!isMessage<ToChild>(message)) return
  if (message.tasq.kind === 'stop') stop(message.tasq.wait)
  else void work(message.tasq)
})
// Whoever made the process is gone: nobody would ever end it.
process.on('disconnect', () => stop(true))
// A signal to the whole group is for the pool, which tells its processes.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => stop(true))

function stop(wait: boolean): void {
  isStopping = true
  if (worker === undefined) process.exit(0)
  void worker.stop({ wait })
}

type Order = Extract<ToChild, { readonly kind: 'work' }>

async function work(order: Order): Promise<void> {
  try {
    const tasq = await load(order)
    worker = tasq.worker(order.worker)
    const { id: workerId, queues } = worker
    await worker.start()
    void tell({ kind: 'ready', workerId, queues, concurrency: order.worker.concurrency ?? 10 })
    await tellStats()
    const stats = setInterval(() => void tellStats(), order.statsEveryMs)
    if (isStopping) void worker.stop()
    const report = await worker.stopped
    clearInterval(stats)
    await tellStats()
    const { tasksSucceeded: succeeded, tasksFailed: failed } = worker.health()
    await tell({ kind: 'stopped', report: { ...report, succeeded, failed } })
    await tasq.close()
    process.disconnect?.()
    process.exit(0)
  } catch (error) {
    await tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
    process.exit(1)
  }
}

async function load({ file, exportName, data }: Order): Promise<Tasq> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
  const exported = exportName === undefined ? (module.tasq ?? module.default) : module[exportName]
  const made: unknown = typeof exported === 'function' ? await exported(data) : await exported
  if (isTasq(made)) return made
  const name = exportName === undefined ? "'tasq' or a default export" : `'${exportName}'`
  throw new TypeError(`${file} has no export ${name} that is a Tasq, or a function that makes one`)
}

function isTasq(value: unknown): value is Tasq {
  return (
    typeof value === 'object' && value !== null && 'worker' in value && typeof value.worker === 'function'
  )
}

/** Resolves when it is sent: the last one is not to be cut off by the end of the process. */
async function tellStats(): Promise<void> {
  if (worker !== undefined) await tell({ kind: 'stats', metrics: worker.metrics(), health: worker.health() })
}

async function tell(tasq: FromChild): Promise<void> {
  if (!process.connected) return
  await new Promise<unknown>((resolve) => process.send?.({ tasq }, resolve))
}
