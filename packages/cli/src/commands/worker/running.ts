import type { StopReport, Worker } from '@tasq/core'
import { TooManyFailuresError } from '../../errors.ts'
import type { Log } from '../../output/log.ts'

/** What runs until it is told to stop: a worker, or the processes of several. */
export interface Runnable<Report> {
  run(): Promise<Report>
  stop(): Promise<unknown>
}

/** What became of the work. */
export interface Ended {
  readonly reason: StopReport['reason']
  readonly tasksSucceeded: number
  readonly tasksFailed: number
  readonly released: number
  readonly abandoned: number
}

/** Gets ready what goes on beside the work, such as the server of its metrics; gives what is to be closed after it. */
export type Prepare = () => Promise<{ close(): Promise<void> } | undefined>

/**
 * Says that it has heard the signal, also one that comes before the work has begun; started by another process with a channel, a worker
 * does not outlive that.
 */
export async function runToItsEnd<Report>(
  work: Runnable<Report>,
  onFirstSignal: () => void,
  prepare: Prepare,
): Promise<Report> {
  const stop = () => void work.stop()
  let isFirst = true
  const onSignal = () => {
    if (isFirst) onFirstSignal()
    isFirst = false
  }
  process.once('disconnect', stop)
  // Before the worker's own listeners, which stop it.
  for (const signal of SIGNALS) process.on(signal, onSignal)
  let beside: Awaited<ReturnType<Prepare>>
  try {
    beside = await prepare()
    const ended = work.run()
    if (process.connected === false || !isFirst) stop() // it was told before this could be heard
    return await ended
  } finally {
    await beside?.close()
    process.off('disconnect', stop)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Runs a worker in this process. */
export async function runWorker(worker: Worker, log: Log, prepare: Prepare): Promise<Ended> {
  const onFirstSignal = () => sayStopping(log, worker.health().activeTasks, worker.id)
  const report = await runToItsEnd(worker, onFirstSignal, prepare)
  const { tasksSucceeded, tasksFailed } = worker.health()
  return { ...report, tasksSucceeded, tasksFailed }
}

/** Tells whoever sent a signal that it was heard, where that is not seen at once. */
export function sayStopping(log: Log, activeTasks: number, workerId: string | undefined): void {
  if (activeTasks === 0) return
  log.say('info', `stopping: ${activeTasks} still running; a second signal stops it at once`, {
    workerId,
    activeTasks,
  })
}

/**
 * Says what became of the work, and why it is over.
 * @throws TooManyFailuresError where that is why.
 */
export function sayEnded(
  log: Log,
  ended: Ended,
  name: { readonly workerId: string | undefined; readonly maxFailures: number | undefined },
): void {
  const { reason, tasksSucceeded, tasksFailed, released, abandoned } = ended
  const { workerId, maxFailures = 0 } = name
  const why = WHY[reason]
  if (why !== undefined) log.say('info', `stops: ${why}`, { workerId, reason })
  log.say(
    'info',
    `stopped: ${tasksSucceeded} done, ${tasksFailed} failed, ${released} handed back, ${abandoned} abandoned`,
    { workerId, reason, tasksSucceeded, tasksFailed, released, abandoned },
  )
  if (reason === 'maxFailures') throw new TooManyFailuresError(workerId ?? 'A worker', maxFailures)
}

/** Why it has stopped that nobody has told to. */
const WHY: Readonly<Partial<Record<StopReport['reason'], string>>> = {
  runFor: 'its time is over',
  stopWhenEmpty: 'nothing is left to do',
}
