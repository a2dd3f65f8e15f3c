import { type SettleAnswer, type Settlement, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { completeFollowed, followUpsOf } from './follow-ups.ts'
import { groupsOf } from './groups.ts'
import { MOST_AT_ONCE } from './in-parts.ts'
import { msText } from './new-tasks.ts'
import { packList } from './packed-list.ts'
import { type Reply, scripts } from './scripts.ts'
import { stateText } from './states.ts'

const ANSWERS: Readonly<Record<string, SettleAnswer>> = { s: 'settled', l: 'lost', g: 'gone', c: 'cancelled' }

/** Completed tasks have scripts of their own, one for those of which nothing is kept and from which none follow: they are most of all. */
type PartKind = 'done' | 'kept' | 'followed' | 'other'

/** Settlements that one script writes, and their places in the call. */
interface Part {
  readonly queue: string
  readonly kind: PartKind
  readonly indexes: number[]
  /** How many tasks follow from its own. */
  followUps: number
}

/** Writes settlements, for each queue by as many scripts as there are kinds of them. */
export async function settle(
  backend: Backend,
  settlements: readonly Settlement[],
): Promise<readonly SettleAnswer[]> {
  const parts = partsOf(settlements)
  const [only] = parts
  if (only === undefined) return []
  const answers: SettleAnswer[] = new Array(settlements.length)
  if (parts.length === 1) {
    note(answers, await write(backend, only, settlements))
    return answers
  }
  const outcomes = await Promise.allSettled(parts.map((part) => write(backend, part, settlements)))
  outcomes.forEach((outcome, position) => {
    const part = parts[position]
    if (part === undefined) return
    if (outcome.status === 'fulfilled') note(answers, outcome.value)
    else refuse(answers, part, outcome.reason)
  })
  return answers
}

function partsOf(settlements: readonly Settlement[]): readonly Part[] {
  const parts: Part[] = []
  let last: Part | undefined
  settlements.forEach((settlement, index) => {
    const { queue } = settlement.lease
    const kind = kindOf(settlement)
    if (last === undefined || last.queue !== queue || last.kind !== kind || last.followUps > MOST_AT_ONCE) {
      last = parts.find(
        (part) => part.queue === queue && part.kind === kind && part.followUps <= MOST_AT_ONCE,
      )
      if (last === undefined) {
        last = { queue, kind, indexes: [], followUps: 0 }
        parts.push(last)
      }
    }
    last.indexes.push(index)
    if (kind === 'followed') last.followUps += followUpsOf(settlement).length
  })
  return parts
}

function kindOf(settlement: Settlement): PartKind {
  if (settlement.kind !== 'complete') return 'other'
  if (settlement.followUps !== undefined && settlement.followUps.length > 0) return 'followed'
  return settlement.keepMs === undefined ? 'done' : 'kept'
}

/** The letters that a script answers with, for these places in the call in this order; none where all were written. */
interface Written {
  readonly order: readonly number[]
  readonly letters: string
}

async function write(
  backend: Backend,
  { queue, kind, indexes }: Part,
  settlements: readonly Settlement[],
): Promise<Written> {
  const { finished } = backend.keys
  const fields = (order: readonly number[]) =>
    packList(order.flatMap((index) => fieldsOf(settlements[index])))
  if (kind === 'other') {
    const args = [finished, queue, fields(indexes)]
    return { order: indexes, letters: lettersOf(await backend.run(scripts.settle, queue, args)) }
  }
  const { groups, order } = groupsOf(indexes, settlements)
  const run = async () => {
    if (kind === 'done') return await backend.run(scripts.complete, queue, groups)
    const outcomes = fields(order)
    if (kind === 'kept') {
      return await backend.run(scripts.completeKept, queue, [finished, queue, outcomes, ...groups])
    }
    const completed = order.map((index) => settlements[index])
    return await completeFollowed(backend, queue, completed, outcomes, groups)
  }
  return { order, letters: lettersOf(await run()) }
}

function lettersOf(reply: Reply): string {
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : ''
}

/** What a script is told of a settlement: for those that are kept see lua/complete-kept.lua, for others lua/settle.lua. */
function fieldsOf(settlement: Settlement | undefined): readonly (string | Uint8Array)[] {
  if (settlement === undefined) return []
  const { token, id } = settlement.lease
  switch (settlement.kind) {
    case 'complete': {
      const { attempt: attempts, keepMs, result } = settlement
      const json = JSON.stringify({ state: 'completed', attempts, encoding: result?.encoding })
      return [msText(keepMs), json, result?.bytes ?? '']
    }
    case 'cancel': {
      const { attempt: attempts, keepMs, reason } = settlement
      const json = JSON.stringify({ state: 'cancelled', attempts, reason })
      return ['cancelled', token, id, msText(keepMs), json, '']
    }
    case 'deadLetter': {
      const { attempts, keepMs, failure, history, reason } = settlement
      return ['dead', token, id, msText(keepMs), JSON.stringify({ attempts, failure, history }), reason]
    }
    case 'retry':
    case 'release': {
      const { attempts, history, delayMs } = settlement
      return ['back', token, id, msText(delayMs), stateText(attempts, history), '']
    }
  }
}

function note(answers: SettleAnswer[], { order, letters }: Written): void {
  order.forEach((index, place) => {
    answers[index] = letters === '' ? 'settled' : (ANSWERS[letters[place] ?? ''] ?? 'lost')
  })
}

/**
 * What became of a part must be known before the others can be answered: an unknown outcome is that of the whole call, whose repeat does no
 * harm. What was certainly refused is said item by item.
 */
function refuse(answers: SettleAnswer[], { indexes }: Part, reason: unknown): void {
  const isRefused = TasqError.isInstance(reason) && 'outcome' in reason && reason.outcome === 'refused'
  if (!isRefused) throw reason
  for (const index of indexes) answers[index] = { rejected: reason }
}
