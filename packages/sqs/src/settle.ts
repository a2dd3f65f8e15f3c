import type { Release, Retry, SettleAnswer, Settlement, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import type { ItemOutcome } from './batching.ts'
import { delayOf } from './delays.ts'
import { isStaleHandle, toStoreError } from './errors.ts'
import { followUpsOf, storeFollowUps } from './follow-ups.ts'
import type { Held, Leases } from './leases.ts'
import { buried } from './letters.ts'
import { fifoIds, type Outgoing } from './messages.ts'
import type { QueueKind } from './names.ts'
import { publish } from './storing.ts'
import { messageOf } from './tasks.ts'

/** A settlement that is being written, and who waits for that. */
interface Work {
  readonly settlement: Settlement
  readonly held: Held
  readonly answer: (answer: SettleAnswer) => void
}

/** A message that takes the place of the one that is held. */
interface Successor {
  readonly work: Work
  readonly kind: QueueKind
  readonly message: Outgoing
}

/**
 * Writes settlements. What comes after a delivery, its next attempt, its dead letter or what follows it, is stored first, confirmed; then
 * the delivery is deleted. Who dies between the two leaves both, never neither. A repeat goes on where its first try has come to.
 */
export async function settle(
  backend: Backend,
  leases: Leases,
  settlements: readonly Settlement[],
): Promise<readonly SettleAnswer[]> {
  const works: Work[] = []
  const answers = settlements.map((settlement): SettleAnswer | Promise<SettleAnswer> => {
    const held = leases.find(settlement.lease)
    if (held === undefined) return leases.answerFor(settlement.lease)
    if (held.settling !== undefined) return held.settling
    const { promise, resolve } = Promise.withResolvers<SettleAnswer>()
    held.settling = promise
    const answer = (given: SettleAnswer) => {
      held.settling = undefined
      if (typeof given === 'object' && isUnknown(given.rejected)) held.doubt = given.rejected
      resolve(given)
    }
    works.push({ settlement, held, answer })
    return promise
  })
  const { replaced, followed, done } = parted(works)
  try {
    await Promise.all([
      remove(backend, leases, done),
      replace(backend, leases, replaced),
      storeFollowUps(backend, followed).then((stored) => remove(backend, leases, stored)),
    ])
  } catch (error) {
    for (const { answer } of works) answer({ rejected: toStoreError(error, backend.connection.where) })
  }
  return await Promise.all(answers)
}

/** Whether it may have been done all the same. */
function isUnknown(error: TasqError): boolean {
  return 'outcome' in error && error.outcome === 'unknown'
}

/** Those that need something else in their place, those that something is to follow, and those that need neither, or no more. */
function parted(works: readonly Work[]): Record<'replaced' | 'followed' | 'done', readonly Work[]> {
  const {
    replaced = [],
    followed = [],
    done = [],
  } = Object.groupBy(works, ({ held, settlement }) => {
    if (held.isPublished) return 'done'
    if (settlement.kind !== 'complete') return settlement.kind === 'cancel' ? 'done' : 'replaced'
    return followUpsOf(settlement).length > 0 ? 'followed' : 'done'
  })
  return { replaced, followed, done }
}

async function replace(backend: Backend, leases: Leases, works: readonly Work[]): Promise<void> {
  const successors = works.map((work) => successorOf(backend, work))
  const parts = Map.groupBy(successors, ({ kind, work }) => `${kind} ${work.settlement.lease.queue}`)
  await Promise.all([...parts.values()].map((part) => replacePart(backend, leases, part)))
}

async function replacePart(backend: Backend, leases: Leases, part: readonly Successor[]): Promise<void> {
  const [first] = part
  if (first === undefined) return
  const { queue } = first.work.settlement.lease
  let outcomes: readonly ItemOutcome[]
  try {
    outcomes = await publish(
      backend,
      queue,
      first.kind,
      part.map(({ message }) => message),
    )
  } catch (error) {
    for (const { work } of part) work.answer({ rejected: toStoreError(error, backend.connection.where) })
    return
  }
  const published: Work[] = []
  for (const [position, { work }] of part.entries()) {
    const outcome = outcomes[position]
    if (outcome === undefined) {
      work.held.isPublished = true
      published.push(work)
    } else work.answer({ rejected: outcome.error })
  }
  await remove(backend, leases, published)
}

/** Deletes what is held and answers for it. */
async function remove(backend: Backend, leases: Leases, works: readonly Work[]): Promise<void> {
  const parts = Map.groupBy(works, ({ held }) => held.source.url)
  await Promise.all(
    [...parts].map(async ([url, part]) => {
      const outcomes = await backend.delete(
        url,
        part.map(({ held }) => held.message.handle),
      )
      part.forEach(({ held, answer }, position) => {
        const outcome = outcomes[position]
        if (outcome === undefined) {
          leases.settle(held)
          answer('settled')
        } else if (outcome.entry !== undefined && isStaleHandle(outcome.entry)) {
          leases.lose(held)
          answer(held.doubt === undefined ? 'lost' : { rejected: held.doubt })
        } else answer({ rejected: outcome.error })
      })
    }),
  )
}

function successorOf(backend: Backend, work: Work): Successor {
  const { held, settlement } = work
  if (settlement.kind === 'deadLetter') {
    return { work, kind: 'dead', message: buried(backend, held, settlement) }
  }
  // Those that complete or cancel have no successor: see `parted`.
  return { work, kind: held.band, message: again(backend, held, settlement as Retry | Release) }
}

/** The next form of a task. A body that can't be read goes on as it is. */
function again(
  backend: Backend,
  { message, read }: Held,
  { lease: { id, token }, delayMs, attempts, history }: Retry | Release,
): Outgoing {
  const deduplication = `${id}.${token}`
  if (read.stored === undefined) {
    const { seconds, laterMs } = delayOf(delayMs, backend.options)
    const fifo = backend.isFifo ? fifoIds(message.group ?? id, deduplication) : undefined
    return { body: message.body, notes: { id, attempts, laterMs }, delaySeconds: seconds, fifo }
  }
  const readyAt = Math.round(backend.clock.now() + delayMs)
  return messageOf(backend, { ...read.stored, attempts, history, readyAt }, delayMs, deduplication)
}
