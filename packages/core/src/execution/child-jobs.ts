import { isMainThread } from 'node:worker_threads'
import { EncodeError, LeaseLostError } from '../errors.ts'
import { isDiscard, isSnooze } from '../task/outcomes.ts'
import { carry, revive } from './carried-error.ts'
import { ChildContext } from './child-context.ts'
import { loadHandler } from './load-handler.ts'
import type { FromChild, Job, Returned, ToChild } from './protocol.ts'

/** A handler may take so long to heed its signal when the worker that it works for is gone. */
const ORPHAN_MS = 2_000

/** Runs handlers in this thread or process; gives what hears the messages of the worker, or that there is none any more. */
export function runInChild(send: (message: FromChild) => void): (message: ToChild | 'orphaned') => void {
  let running: { readonly number: number; readonly context: ChildContext } | undefined

  const run = async (number: number, job: Job): Promise<void> => {
    const context = new ChildContext(job.context, number, send)
    running = { number, context }
    try {
      const handler = await loadHandler(job.module, job.context.task)
      // Whoever wrote `module` on the definition says that it takes this input.
      const returned = returnedBy(await handler(job.input as never, context), job.wantsResult)
      answer(number, job, returned)
    } catch (error) {
      send({ type: 'failed', number, error: carry(error), memory: memoryTaken() })
    }
    running = undefined
  }

  const answer = (number: number, { context }: Job, returned: Returned) => {
    try {
      send({ type: 'returned', number, returned, memory: memoryTaken() })
    } catch (cause) {
      throw new EncodeError(`what task '${context.task}' returns`, 'structured clone', cause)
    }
  }

  const orphaned = () => {
    if (running === undefined) process.exit()
    running.context.abort(new LeaseLostError(running.context.id, 'its worker is gone'))
    setTimeout(() => process.exit(), ORPHAN_MS)
  }

  setImmediate(() => send({ type: 'ready' }))
  return (message) => {
    if (message === 'orphaned') return orphaned()
    switch (message.type) {
      case 'load':
        return void loadHandler(message.module, message.task).catch(() => undefined) // its first task will say so
      case 'run':
        return void run(message.number, message.job)
      case 'abort':
        if (running?.number === message.number) running.context.abort(revive(message.reason))
        return
      case 'enqueued':
        if (running?.number === message.number) running.context.enqueued(message.request, message)
        return
      case 'close':
        process.exit()
    }
  }
}

function returnedBy(value: unknown, wantsResult: boolean): Returned {
  if (isSnooze(value)) return { kind: 'snooze', delayMs: value.delayMs, holds: value.holds }
  if (isDiscard(value)) return { kind: 'discard', reason: value.reason }
  return { kind: 'value', value: wantsResult ? value : undefined }
}

/** Bytes: of a process its resident set, of a thread its own heap and buffers. */
function memoryTaken(): number {
  if (isMainThread) return process.memoryUsage.rss()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
