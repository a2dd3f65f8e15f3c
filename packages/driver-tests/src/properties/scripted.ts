import { discard, PermanentError, rateLimit, scheduledRun, snooze, type TaskContext } from '@tasq/core'
import { type Clock, sleep } from '@tasq/core/driver'
import { type Call, causeOf, type Journal } from './journal.ts'
import type { Act, QueueName, Scale } from './plan.ts'

/** What a handler is given: it reads there what to do. */
export interface ScriptInput {
  readonly script: readonly Act[]
  /** Its number among all inputs. */
  readonly number?: number | undefined
}

export interface ScriptedParts {
  readonly journal: Journal
  readonly scale: Scale
  readonly clock: Clock
  /** Which process runs it. */
  readonly process: number
  readonly isKilled: () => boolean
}

const SUCCEED: Act = { ends: 'succeed', takes: 0, heeds: true, puts: 0 }
const NEVER = new Promise<never>(() => undefined)

/** A handler that does at each call what the script of its task says, and notes it. */
export async function runScripted(
  parts: ScriptedParts,
  input: ScriptInput,
  context: TaskContext,
): Promise<unknown> {
  const { journal, scale, clock, isKilled } = parts
  if (isKilled()) return await NEVER
  const call = begin(parts, input, context)
  const { act } = call
  try {
    for (let count = 0; count < (act.follows ?? 0); count++) await follow(parts, call, context)
    const signal = act.heeds ? context.signal : undefined
    if (act.takes > 0) await sleep(clock, act.takes * scale.beatMs, signal)
    if (isKilled()) return await NEVER
    if (signal?.aborted) throw signal.reason
    const returned = perform(act, scale, call)
    end(parts, call, act.ends)
    return returned
  } catch (error) {
    if (isKilled()) return await NEVER
    end(parts, call, causeOf(error) === undefined ? act.ends : 'aborted')
    throw error
  } finally {
    journal.note(`process ${call.process}: ${call.id} ends: ${call.end ?? 'killed'}`)
  }
}

function begin(
  { journal, clock, process }: ScriptedParts,
  { script, number }: ScriptInput,
  context: TaskContext,
): Call {
  const { id, queue, attempt, signal, enqueuedAt } = context
  const index = journal.callsOf(id).length
  const run = scheduledRun(context)
  const call: Call = {
    id,
    queue,
    process,
    attempt,
    act: script[index] ?? SUCCEED,
    startedAt: clock.now(),
    enqueuedAt: enqueuedAt.getTime(),
    scheduledFor: run?.scheduledFor.getTime(),
    result: `${id} ${index}`,
    number,
    followUps: [],
  }
  if (run !== undefined) journal.adopt(id, queue as QueueName, call.enqueuedAt, run.scheduledFor)
  journal.adoptFollowUp(id, call.enqueuedAt)
  journal.calls.push(call)
  journal.note(`process ${process}: ${id} starts, attempt ${attempt}: ${describe(call.act)}`)
  signal.addEventListener('abort', () => {
    call.abortedAt = clock.now()
    call.cause = causeOf(signal.reason)
    journal.note(`process ${process}: ${id} is told to end: ${call.cause}`)
  })
  return call
}

function end({ clock }: ScriptedParts, call: Call, how: NonNullable<Call['end']>): void {
  call.endedAt = clock.now()
  call.end = how
  call.causeAtEnd = call.cause
}

async function follow({ journal }: ScriptedParts, call: Call, context: TaskContext): Promise<void> {
  const { queue } = context
  const { id } = await context.enqueue(context.task, { script: [] }, { queue, keepResult: '1h' })
  journal.followUps.set(id, queue as QueueName)
  call.followUps.push(id)
}

function perform(act: Act, { beatMs }: Scale, { result }: Call): unknown {
  switch (act.ends) {
    case 'succeed':
      return result
    case 'fail':
      throw new Error('as the script says')
    case 'permanent':
      throw new PermanentError('as the script says')
    case 'snooze':
      return snooze(act.puts * beatMs)
    case 'rateLimit':
      return rateLimit(act.puts * beatMs)
    case 'discard':
      return discard('as the script says')
  }
}

function describe({ ends, takes, heeds, puts, follows = 0 }: Act): string {
  const put = ends === 'snooze' || ends === 'rateLimit' ? ` for ${puts}` : ''
  const following = follows === 0 ? '' : `, ${follows} follow`
  return `${ends}${put} after ${takes}${heeds ? '' : ', whatever its signal says'}${following}`
}
