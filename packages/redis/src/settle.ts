import { type SettleAnswer, type Settlement, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { packList } from './packed-list.ts'
import { type Argument, type Reply, scripts } from './scripts.ts'
import { stateText } from './states.ts'

const ANSWERS: Readonly<Record<string, SettleAnswer>> = { s: 'settled', l: 'lost', g: 'gone', c: 'cancelled' }

/** Completed tasks have scripts of their own, one for those of which nothing is kept: they are most of all. */
type PartKind = 'done' | 'kept' | 'other'

/** Settlements that one script writes, and their places in the call. */
interface Part {
  readonly queue: string
  readonly kind: PartKind
  readonly indexes: number[]
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
    if (last === undefined || last.queue !== queue || last.kind !== kind) {
      last = parts.find((part) => part.queue === queue && part.kind === kind)
      if (last === undefined) {
        last = { queue, kind, indexes: [] }
        parts.push(last)
      }
    }
    last.indexes.push(index)
  })
  return parts
}

function kindOf(settlement: Settlement): PartKind {
  if (settlement.kind !== 'complete') return 'other'
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
  const reply =
    kind === 'done'
      ? await backend.run(scripts.complete, queue, groups)
      : await backend.run(scripts.completeKept, queue, [finished, queue, fields(order), ...groups])
  return { order, letters: lettersOf(reply) }
}

function lettersOf(reply: Reply): string {
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : ''
}

/** Tasks under one token stand together: see lua/parts/groups.lua. */
function groupsOf(
  indexes: readonly number[],
  settlements: readonly Settlement[],
): { readonly groups: readonly Argument[]; readonly order: readonly number[] } {
  const byToken = new Map<string, number[]>()
  for (const index of indexes) {
    const token = settlements[index]?.lease.token ?? ''
    const group = byToken.get(token)
    if (group === undefined) byToken.set(token, [index])
    else group.push(index)
  }
  const groups: Argument[] = [byToken.size]
  for (const [token, group] of byToken) groups.push(token, group.length)
  const order = byToken.size === 1 ? indexes : [...byToken.values()].flat()
  for (const index of order) groups.push(settlements[index]?.lease.id ?? '')
  return { groups, order }
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

function msText(ms: number | undefined): string {
  return ms === undefined ? '' : String(Math.round(ms))
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
