import type { App } from '../app.ts'
import { requireFitting } from '../codec/payload-limit.ts'
import { validate } from '../codec/schema.ts'
import type { TaskDelivery } from '../contract/delivery.ts'
import type { Payload } from '../contract/envelope.ts'
import { DecodeError, InvalidInputError, LeaseLostError } from '../errors.ts'
import type { Executor } from '../execution/executor.ts'
import type { Seat } from '../execution/seat.ts'
import { throughAttemptMiddleware } from '../middleware/middleware.ts'
import type { ErasedHandler, TaskDefinition } from '../task/define-task.ts'
import { isDiscard, isSnooze } from '../task/outcomes.ts'
import { AttemptContext, type ContextEnvironment } from './attempt-context.ts'
import type { Hold } from './hold.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOfError } from './retry-rules.ts'

export interface AttemptEnvironment extends ContextEnvironment {
  readonly maxRedeliveries: number
  /** Absent where every handler runs in the event loop. */
  readonly executor?: Executor | undefined
  /** Called when the handler is about to run. */
  readonly onStart: (hold: Hold, delivery: TaskDelivery) => void
}

/**
 * The inbound trip of a task: expiry, definition, decode, validate, context, middleware, handler, result. Whatever goes
 * wrong on the way becomes an outcome; this never rejects.
 */
export async function attempt(hold: Hold, environment: AttemptEnvironment): Promise<Outcome> {
  const { delivery } = hold
  if (delivery.kind === 'corrupt') return { kind: 'undecodable', error: delivery.problem }
  if (isExpired(hold, delivery, environment.app)) return { kind: 'expired' }
  const { redeliveries = 0 } = delivery
  const { maxAttempts } = delivery.envelope.policy
  if (redeliveries > environment.maxRedeliveries || delivery.attempt > maxAttempts) {
    const problem = `it was delivered ${redeliveries + 1} times, and never answered`
    return { kind: 'lost', error: new LeaseLostError(delivery.lease.id, problem) }
  }

  const { app } = environment
  const definition = app.registry.find(delivery.envelope.task)
  if (definition?.run === undefined) return { kind: 'unknownTask' }

  let input: unknown
  try {
    input = app.codecs.decode(delivery.envelope.payload, `the input of task '${definition.name}'`)
    input = validate(definition.input, input, definition.name, 'input', definition.sensitive)
    if (input instanceof Promise) input = await input
  } catch (error) {
    return unusableInput(app, delivery, error)
  }
  const seat = environment.executor?.seatFor(definition)
  const context = new AttemptContext(environment, hold, delivery)
  let outcome: Outcome
  try {
    if (seat !== undefined) {
      hold.seat = seat
      await seat.take(hold.signal)
    }
    // Told to end while its input was checked, or while it waited for its place.
    if (hold.aborted !== undefined) {
      seat?.release()
      return { kind: 'returned', delayMs: 0 }
    }
    if (definition.hooks !== undefined) hold.input = input
    environment.onStart(hold, delivery)
    const run = seat === undefined ? definition.run : inSeat(seat, definition, delivery, app)
    const returned =
      app.middleware.length === 0
        ? await call(run, input, context)
        : await throughMiddleware(app, run, input, context)
    if (definition.output !== undefined && !isSnooze(returned) && !isDiscard(returned)) {
      await validate(definition.output, returned, definition.name, 'result', definition.sensitive)
    }
    outcome = outcomeOf(returned, delivery, app)
    if (context.followUps !== undefined && outcome.kind === 'completed') {
      outcome = { ...outcome, followUps: await context.followUps.take() }
    }
  } catch (error) {
    outcome = outcomeOfError(app, delivery, error)
  }
  seat?.release()
  context.end(outcome)
  return outcome
}

/** The handler as it is called in its thread or process. What it returns travels only where somebody wants it. */
function inSeat(
  seat: Seat,
  { output, hooks }: TaskDefinition,
  { envelope }: TaskDelivery,
  { middleware }: App,
): ErasedHandler {
  const isWanted =
    envelope.keepResultMs !== undefined ||
    output !== undefined ||
    hooks !== undefined ||
    middleware.length > 0
  return (input, context) => seat.run(input, context, isWanted)
}

/** What was started in time once does not expire: neither its retries, nor when it was put off by its handler. */
function isExpired(hold: Hold, { attempt, expiresAt, history }: TaskDelivery, { clock }: App): boolean {
  if (expiresAt === undefined || attempt > 1 || history?.wasStarted === true) return false
  return expiresAt <= hold.backendNow(clock.monotonic()) // it may have waited here for its slot
}

function unusableInput(app: App, delivery: TaskDelivery, error: unknown): Outcome {
  if (error instanceof DecodeError) return { kind: 'undecodable', error }
  if (error instanceof InvalidInputError) return { kind: 'invalid', error }
  return outcomeOfError(app, delivery, error) // the schema itself broke: that may pass
}

function call(run: ErasedHandler, input: unknown, context: AttemptContext): unknown {
  // The definition has typed its handler by the schema that has just accepted this input.
  return run(input as never, context)
}

function throughMiddleware(
  app: App,
  run: ErasedHandler,
  input: unknown,
  context: AttemptContext,
): Promise<unknown> {
  return throughAttemptMiddleware(app.middleware, context, input, async () => await call(run, input, context))
}

function outcomeOf(returned: unknown, delivery: TaskDelivery, app: App): Outcome {
  if (isSnooze(returned)) {
    return { kind: 'snoozed', delayMs: returned.delayMs, holds: returned.holds }
  }
  if (isDiscard(returned)) return { kind: 'cancelled', reason: returned.reason }
  return { kind: 'completed', result: encodeResult(returned, delivery, app), returned }
}

function encodeResult(returned: unknown, { envelope }: TaskDelivery, app: App): Payload | undefined {
  if (envelope.keepResultMs === undefined || returned === undefined) return undefined
  const what = `The result of task '${envelope.task}'`
  const result = app.codecs.encode(returned, what)
  requireFitting(result, what, app)
  return result
}
