import type { Tasq, Worker } from '@tasq/core'
import type { Terminal } from './terminal.ts'

/** Says what a worker listens to, then what goes wrong: nothing for tasks that go well. */
export function logWorker(tasq: Tasq, worker: Worker, terminal: Terminal): void {
  const { events } = tasq
  const say = (text: string) => terminal.err(`${new Date().toISOString()} ${text}`)
  events.on('worker:online', ({ queues, concurrency }) =>
    say(`${worker.id} online: ${tasq.driver.name}, queues ${queues.join(', ')}, concurrency ${concurrency}`),
  )
  events.on('task:failed', ({ task, id, attempt, failure }) =>
    say(`${task} ${id} failed at attempt ${attempt}: ${failure.name}: ${failure.message}`),
  )
  events.on('task:dead', ({ task, id, reason }) => say(`${task} ${id} is dead: ${reason}`))
  events.on('task:lost', ({ task, id, problem }) => say(`${task} ${id} was lost: ${problem}`))
  events.on('task:stuck', ({ task, id, cause }) =>
    say(`${task} ${id} goes on although its signal aborted (${cause})`),
  )
  events.on('task:recovered', ({ task, id, lostToken }) => say(`${task} ${id} taken over from ${lostToken}`))
  events.on('task:unconfirmed', ({ task, id, error }) =>
    say(`${task} ${id} was not confirmed: ${reasonOf(error)}`),
  )
  events.on('task:log', ({ task, id, message }) => say(`${task} ${id}: ${message}`))
  events.on('worker:late', ({ lateMs }) => say(`leases were renewed ${Math.round(lateMs)} ms late`))
  events.on('worker:blocked', ({ lagMs, tasks }) =>
    say(`the event loop was blocked for ${Math.round(lagMs)} ms while ${tasks.join(', ')} ran`),
  )
  events.on('worker:error', ({ loop, error }) => say(`${loop}: ${reasonOf(error)}`))
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
