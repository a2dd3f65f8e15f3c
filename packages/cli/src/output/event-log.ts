import { reasonOf, type Tasq, type TasqEventName, type TasqEvents } from '@tasq/core'
import { timeSpan } from './format.ts'
import type { Log, LogFields, MessageLevel } from './log.ts'

/** A message and its fields. */
type Entry = readonly [message: string, fields: LogFields]

/** Listens to an event, where the log shows its level: what nobody would read costs nothing. */
type Listen = <Name extends TasqEventName>(
  level: MessageLevel,
  name: Name,
  entryOf: (event: TasqEvents[Name]) => Entry,
) => void

/** Logs what happens in this process: at `debug` each task, at `info` what goes on around them, then what goes wrong. */
export function logEvents({ events }: Pick<Tasq, 'events'>, log: Log): void {
  const listen: Listen = (level, name, entryOf) => {
    if (!log.shows(level)) return
    events.on(name, (event) => {
      const [message, fields] = entryOf(event)
      log.say(level, message, fields)
    })
  }
  logTasks(listen)
  const onFailure = logFailures(listen)
  if (log.shows('warn')) events.on('task:failed', onFailure)
  if (log.shows('warn')) events.on('task:released', unknownTasks(log))
  logWorkers(listen)
  logPools(listen)
  logTroubles(listen)
}

function logTasks(listen: Listen): void {
  listen('debug', 'task:started', (event) => [`${about(event)} starts`, event])
  listen('debug', 'task:completed', ({ durationMs, ...event }) => [
    `${about(event)} is done in ${Math.round(durationMs)} ms`,
    { ...event, durationMs: Math.round(durationMs) },
  ])
  listen('debug', 'task:enqueued', (event) => [`${about(event)} is enqueued`, event])
  listen('debug', 'task:released', (event) => [`${about(event)} is handed back: ${event.cause}`, event])
  listen('debug', 'schedule:fired', ({ schedule, queue, task, taskId, cause }) => [
    `schedule ${schedule} has enqueued ${task} ${taskId}`,
    { schedule, queue, task, id: taskId, cause },
  ])
  listen('info', 'task:log', ({ message, fields, ...event }) => [
    `${about(event)}: ${message}`,
    { ...event, fields },
  ])
  listen('info', 'task:cancelled', (event) => [`${about(event)} is cancelled${because(event.reason)}`, event])
  listen('warn', 'task:expired', (event) => [`${about(event)} has expired`, event])
  listen('warn', 'task:lost', (event) => [`${about(event)} was lost: ${event.problem}`, event])
  listen('warn', 'task:stuck', (event) => [
    `${about(event)} goes on although its signal has aborted (${event.cause})`,
    event,
  ])
  listen('warn', 'task:recovered', (event) => [
    `${about(event)} is taken over from ${event.lostToken}`,
    event,
  ])
  listen('warn', 'task:unconfirmed', ({ error, ...event }) => [
    `${about(event)} was not confirmed: ${reasonOf(error)}`,
    { ...event, error: reasonOf(error) },
  ])
  listen('warn', 'schedule:missed', (event) => [
    `schedule ${event.schedule} has missed ${event.ticks} of its times`,
    event,
  ])
}

/** A failure is told with what follows from it: that comes right after it. Answers what must hear of failures. */
function logFailures(listen: Listen): (failed: TasqEvents['task:failed']) => void {
  let last: TasqEvents['task:failed'] | undefined
  listen('warn', 'task:retrying', ({ delayMs, ...event }) => {
    const error = last?.id === event.id ? `${last.failure.name}: ${last.failure.message}` : undefined
    const retryInMs = Math.round(delayMs)
    return [
      `${about(event)} has failed at attempt ${event.attempt}, the next is in ${timeSpan(retryInMs)}${because(error)}`,
      { ...event, retryInMs, error },
    ]
  })
  listen('error', 'task:dead', ({ failure, ...event }) => {
    const error = failure === undefined ? undefined : `${failure.name}: ${failure.message}`
    return [`${about(event)} is dead: ${event.reason}${because(error)}`, { ...event, error }]
  })
  return (failed) => {
    last = failed
  }
}

/** So many names are told: what others enqueue has no bound. */
const MOST_UNKNOWN = 100

/** A task that nobody here can run goes round unseen until it is dead, so the first of each name is told. */
function unknownTasks(log: Log): (released: TasqEvents['task:released']) => void {
  const told = new Set<string>()
  return (event) => {
    if (event.cause !== 'unknown-task' || told.has(event.task) || told.size === MOST_UNKNOWN) return
    told.add(event.task)
    const advice = 'Load the module that has it, or leave the queue to workers that do (--queues)'
    log.say(
      'warn',
      `${about(event)} is handed back: there is no handler of ${event.task} here. ${advice}`,
      event,
    )
  }
}

function logWorkers(listen: Listen): void {
  listen('info', 'worker:online', ({ workerId, queues, concurrency }) => [
    `online: queues ${queues.join(', ')}, concurrency ${concurrency}`,
    { workerId, queues, concurrency },
  ])
  listen('info', 'worker:offline', (event) => ['offline', event])
  listen('info', 'worker:paused', (event) => ['paused', event])
  listen('info', 'worker:resumed', (event) => ['resumed', event])
  listen('info', 'queue:paused', (event) => [`queue ${event.queue} is paused`, event])
  listen('info', 'queue:resumed', (event) => [`queue ${event.queue} goes on`, event])
  listen('debug', 'worker:heartbeat', ({ workerId, state, activeTasks, tasksProcessed }) => [
    `${state}, ${activeTasks} tasks run, ${tasksProcessed} are over`,
    { workerId, state, activeTasks, tasksProcessed },
  ])
  listen('warn', 'worker:late', ({ workerId, lateMs }) => [
    `leases were renewed ${Math.round(lateMs)} ms late`,
    { workerId, lateMs: Math.round(lateMs) },
  ])
  listen('warn', 'worker:blocked', ({ workerId, lagMs, tasks }) => [
    `the event loop was blocked for ${Math.round(lagMs)} ms while ${tasks.join(', ')} ran`,
    { workerId, lagMs: Math.round(lagMs), tasks },
  ])
  listen('error', 'worker:error', ({ workerId, loop, error }) => [
    `${loop}: ${reasonOf(error)}`,
    { workerId, loop, error: reasonOf(error) },
  ])
}

function logPools(listen: Listen): void {
  listen('info', 'pool:scaled', ({ from, to, reason }) => [
    `from ${from} to ${to} processes: ${reason}`,
    { from, to, reason },
  ])
  listen('error', 'pool:crashed', ({ pid, code, signal, problem, restartInMs }) => [
    `process ${pid} has ended by itself, with ${signal ?? `code ${code}`}${because(problem)}; another one starts in ${timeSpan(restartInMs)}`,
    { process: pid, code, signal, problem, restartInMs: Math.round(restartInMs) },
  ])
  listen('warn', 'pool:error', ({ error }) => [
    `the pool could not look at its queues: ${reasonOf(error)}`,
    { error: reasonOf(error) },
  ])
}

function logTroubles(listen: Listen): void {
  listen('warn', 'control:error', ({ error }) => [
    `what holds for queues and workers could not be read: ${reasonOf(error)}`,
    { error: reasonOf(error) },
  ])
  listen('warn', 'client:retry', ({ error, attempt, tasks }) => [
    `a write for ${tasks} tasks is repeated: ${reasonOf(error)}`,
    { error: reasonOf(error), attempt, tasks },
  ])
  listen('warn', 'events:dropped', ({ count, reason, error }) => [
    `${count} events were not told to other processes: ${reason}`,
    { count, reason, error: error === undefined ? undefined : reasonOf(error) },
  ])
  listen('error', 'hook:error', ({ error, hook, ...event }) => [
    `${about(event)}: its hook ${hook} threw: ${reasonOf(error)}`,
    { ...event, hook, error: reasonOf(error) },
  ])
  listen('error', 'redact:error', ({ task, kind, error }) => [
    `the ${kind} of ${task} could not be redacted, and is not shown: ${reasonOf(error)}`,
    { task, kind, error: reasonOf(error) },
  ])
  listen('error', 'listener:error', ({ event, error }) => [
    `a listener of ${event} threw: ${reasonOf(error)}`,
    { event, error: reasonOf(error) },
  ])
}

function about({ task, id }: { readonly task: string; readonly id: string }): string {
  return `${task} ${id}`
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}
