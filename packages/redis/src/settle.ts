import { type SettleAnswer, type Settlement, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { packList } from './packed-list.ts'
import { type Argument, type Reply, scripts } from './scripts.ts'
import { stateText } from './states.ts'

const ANSWERS: Readonly<Record<string, SettleAnswer>> = { s: 'settled', l: 'lost', g: 'gone', c: 'cancelled' }

/** Settlements that one script writes, and their places in the call. */
interface Part {
  readonly queue: string
  /** Tasks that are done, with nothing kept: the common case has a script of its own. */
  readonly isPlain: boolean
  readonly indexes: number[]
}

/** Writes settlements: for each queue those that keep nothing by one script, and all others by another. */
export async function settle(
  backend: Backend,
  settlements: readonly Settlement[],
): Promise<readonly SettleAnswer[]> {
  const parts = partsOf(settlements)
  const [only] = parts
  if (only === undefined) return []
  const answers: SettleAnswer[] = new Array(settlements.length)
  if (parts.length === 1) {
    note(answers, only, await write(backend, only, settlements))
    return answers
  }
  const outcomes = await Promise.allSettled(parts.map((part) => write(backend, part, settlements)))
  outcomes.forEach((outcome, position) => {
    const part = parts[position]
    if (part === undefined) return
    if (outcome.status === 'fulfilled') note(answers, part, outcome.value)
    else refuse(answers, part, outcome.reason)
  })
  return answers
}

function partsOf(settlements: readonly Settlement[]): readonly Part[] {
  const parts: Part[] = []
  let last: Part | undefined
  settlements.forEach((settlement, index) => {
    const { queue } = settlement.lease
    const isPlain = settlement.kind === 'complete' && settlement.keepMs === undefined
    if (last === undefined || last.queue !== queue || last.isPlain !== isPlain) {
      last = parts.find((part) => part.queue === queue && part.isPlain === isPlain)
      if (last === undefined) {
        last = { queue, isPlain, indexes: [] }
        parts.push(last)
      }
    }
    last.indexes.push(index)
  })
  return parts
}

/** The letters that the script answers with, in the order of the indexes that it was given; nothing where all were written. */
async function write(
  backend: Backend,
  { queue, isPlain, indexes }: Part,
  settlements: readonly Settlement[],
): Promise<{ readonly order: readonly number[]; readonly letters: string }> {
  if (isPlain) {
    const { args, order } = plainArguments(indexes, settlements)
    return { order, letters: lettersOf(await backend.run(scripts.complete, queue, args)) }
  }
  const items = indexes.flatMap((index) => {
    const settlement = settlements[index]
    return settlement === undefined ? [] : fieldsOf(settlement)
  })
  const args = [backend.keys.finished, queue, packList(items)]
  return { order: indexes, letters: lettersOf(await backend.run(scripts.settle, queue, args)) }
}

function lettersOf(reply: Reply): string {
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : ''
}

/** Tasks under one token stand together. */
function plainArguments(
  indexes: readonly number[],
  settlements: readonly Settlement[],
): { readonly args: readonly Argument[]; readonly order: readonly number[] } {
  const byToken = new Map<string, number[]>()
  for (const index of indexes) {
    const token = settlements[index]?.lease.token ?? ''
    const group = byToken.get(token)
    if (group === undefined) byToken.set(token, [index])
    else group.push(index)
  }
  const args: Argument[] = [byToken.size]
  for (const [token, group] of byToken) args.push(token, group.length)
  const order = byToken.size === 1 ? indexes : [...byToken.values()].flat()
  for (const index of order) args.push(settlements[index]?.lease.id ?? '')
  return { args, order }
}

/** Kind, token, id, a number of ms, JSON, more bytes: see lua/settle.lua. */
function fieldsOf(settlement: Settlement): readonly (string | Uint8Array)[] {
  const { token, id } = settlement.lease
  switch (settlement.kind) {
    case 'complete': {
      const { attempt: attempts, keepMs, result } = settlement
      const json = JSON.stringify({ state: 'completed', attempts, encoding: result?.encoding })
      return ['completed', token, id, msText(keepMs), json, result?.bytes ?? '']
    }
    case 'cancel': {
      const { attempt: attempts, keepMs, reason } = settlement
      return [
        'cancelled',
        token,
        id,
        msText(keepMs),
        JSON.stringify({ state: 'cancelled', attempts, reason }),
        '',
      ]
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

function note(
  answers: SettleAnswer[],
  _: Part,
  { order, letters }: { readonly order: readonly number[]; readonly letters: string },
): void {
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
