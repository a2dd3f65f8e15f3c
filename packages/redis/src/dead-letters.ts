import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  type DeadReason,
  isRecord,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { countsOf } from './counts.ts'
import { MOST_AT_ONCE, readInParts } from './in-parts.ts'
import { unpackList } from './packed-list.ts'
import { type Place, pageOf, type Walk, walkOfMembers, walkOfSet } from './pages.ts'
import { readRecord, remainsOf } from './records.ts'
import { bytesOf, numberOf } from './replies.ts'
import { type Reply, scripts } from './scripts.ts'
import { asFailure, asHistory } from './states.ts'
import { textBeginning } from './texts.ts'

/** Dead letters: found in the order in which they died, and changed by scripts that look at each of them again. */
export function deadLettersOf(backend: () => Backend): DeadLetters {
  return {
    count: async (queues) => {
      const store = backend()
      return (await Promise.all(queues.map((queue) => countsOf(store, queue)))).map(({ dead }) => dead)
    },
    peek: async (call) => {
      const store = backend()
      const { limit, cursor } = call
      return await pageOf({ list: 'dead', limit, cursor }, walkOf(store, call), (ids) =>
        read(store, call, ids),
      )
    },
    retry: async (filter, limit) => {
      const store = backend()
      return await change(walkOf(store, filter), limit, (ids, most) =>
        store.run(scripts.revive, filter.queue, [...filterArguments(filter), most, ...ids]),
      )
    },
    purge: async (filter, limit) => {
      const store = backend()
      const { queue } = filter
      return await change(walkOf(store, filter), limit, (ids, most) => {
        const args = [...filterArguments(filter), most, store.keys.finished, queue, ...ids]
        return store.run(scripts.purgeLetters, queue, args)
      })
    },
  }
}

function walkOf(backend: Backend, { queue, ids }: DeadLetterFilter): Walk {
  return ids === undefined
    ? walkOfSet(backend, queue, 'deaths')
    : walkOfMembers(backend, queue, 'deaths', ids)
}

/** Changes letters, part by part, until there are no more or enough were changed; resolves to how many were. */
async function change(
  walk: Walk,
  limit: number,
  apply: (ids: readonly string[], most: number) => Promise<Reply>,
): Promise<number> {
  let changed = 0
  let after: Place | undefined
  while (changed < limit) {
    const entries = await walk(after, MOST_AT_ONCE)
    const last = entries.at(-1)
    if (last === undefined) break
    after = last.place
    const ids = entries.map(({ id }) => id)
    changed += numberOf(await apply(ids, Math.min(limit - changed, MOST_AT_ONCE)))
  }
  return changed
}

function filterArguments({ reason, task }: DeadLetterFilter): readonly [string, string] {
  return [reason ?? '', task === undefined ? '' : textBeginning(task)]
}

async function read(
  backend: Backend,
  filter: DeadLetterFilter,
  ids: readonly string[],
): Promise<readonly (DeadLetter | undefined)[]> {
  const refs = ids.map((id) => ({ queue: filter.queue, id }))
  return await readInParts(refs, async (queue, part) => {
    const args = [...filterArguments(filter), ...part]
    const fields = unpackList(bytesOf(await backend.run(scripts.letters, queue, args)))
    const letters: (DeadLetter | undefined)[] = []
    for (let at = 0; at + 1 < fields.length; at += 2) {
      letters.push(letterOf(queue, part[at / 2] ?? '', fields[at], fields[at + 1]))
    }
    return letters
  })
}

/** Reads a letter: see lua/parts/bury.lua. What can't be read of its task is left out; its bytes are there. */
function letterOf(
  queue: string,
  id: string,
  value: Buffer | undefined,
  apart: Buffer | undefined,
): DeadLetter | undefined {
  if (value === undefined || value.length === 0) return undefined
  const [reason, json, diedAt, keptUntil, priority, record] = unpackList(value)
  const parsed: unknown = JSON.parse(String(json))
  const { attempts, failure, history } = isRecord(parsed) ? parsed : {}
  const bytes = record ?? Buffer.alloc(0)
  const task = readRecord(bytes, apart)
  const remains = remainsOf(bytes, apart)
  return {
    id,
    queue,
    task: task?.common.task ?? '',
    // Only this package writes it.
    reason: String(reason) as DeadReason,
    failure: asFailure(failure),
    attempts: typeof attempts === 'number' ? attempts : 0,
    enqueuedAt: remains.enqueuedAt,
    diedAt: Number(String(diedAt)),
    keptUntil: Number(String(keptUntil)),
    payload: task?.payload ?? { bytes: remains.payload, encoding: 'unknown' },
    headers: task?.headers,
    priority: Number(String(priority)),
    policy: task?.common.policy,
    history: asHistory(history),
  }
}
