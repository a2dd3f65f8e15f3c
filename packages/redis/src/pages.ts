import { InvalidOptionError, type Page } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_AT_ONCE } from './in-parts.ts'
import type { QueueKeyName } from './keys.ts'
import { listOf, numberOf, textOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** Where an entry stands in its list: what a walk goes on after. */
export type Place = readonly (string | number)[]

export interface Entry {
  readonly id: string
  readonly place: Place
}

/** Gives the next entries of a list, after a place, or from its beginning; an empty answer is its end. */
export type Walk = (after: Place | undefined, most: number) => Promise<readonly Entry[]>

export interface PageCall {
  /** Names the list: a cursor of another one is refused. */
  readonly list: string
  readonly limit: number
  readonly cursor: string | undefined
}

/** A page of those entries of a walk that are read as something; `undefined` is left out. */
export async function pageOf<Item>(
  { list, limit, cursor }: PageCall,
  walk: Walk,
  read: (ids: readonly string[]) => Promise<readonly (Item | undefined)[]>,
): Promise<Page<Item>> {
  let after = placeOf(list, cursor)
  const items: Item[] = []
  const places: Place[] = []
  // One more than the page takes tells whether there is another page.
  while (items.length <= limit) {
    const entries = await walk(after, Math.min(limit + 1 - items.length, MOST_AT_ONCE))
    const last = entries.at(-1)
    if (last === undefined) break
    after = last.place
    const found = await read(entries.map(({ id }) => id))
    entries.forEach(({ place }, index) => {
      const item = found[index]
      if (item === undefined) return
      items.push(item)
      places.push(place)
    })
  }
  const lastPlace = places[limit - 1]
  const isMore = items.length > limit && lastPlace !== undefined
  return { items: items.slice(0, limit), cursor: isMore ? cursorOf(list, lastPlace) : undefined }
}

/** Walks a sorted set in its order, or those of its members that have such scores. */
export function walkOfSet(
  backend: Backend,
  queue: string,
  key: QueueKeyName,
  { least = '-inf', most = '+inf' } = {},
): Walk {
  return async (after, count) => {
    const [score, id] = after ?? []
    const from = score === undefined ? least : String(score)
    // Members with the score of the last one may come again, before those that are new.
    for (let taken = count + 1; ; taken *= 2) {
      const entries = await membersFrom(backend, queue, key, [from, most, taken])
      const fresh = entries.filter(
        ({ place }) => id === undefined || place[0] !== score || isAfter(String(place[1]), String(id)),
      )
      if (fresh.length >= count || entries.length < taken) return fresh.slice(0, count)
    }
  }
}

async function membersFrom(
  backend: Backend,
  queue: string,
  key: QueueKeyName,
  [least, most, count]: readonly [string, string, number],
): Promise<readonly Entry[]> {
  const ordered = backend.keys.queue(queue).of(key)
  const list = listOf(await backend.run(scripts.page, queue, [least, most, count], [ordered]))
  const entries: Entry[] = []
  for (let index = 0; index + 1 < list.length; index += 2) {
    const id = textOf(list[index])
    entries.push({ id, place: [textOf(list[index + 1]), id] })
  }
  return entries
}

/** Walks these members of a sorted set, in its order. */
export function walkOfMembers(
  backend: Backend,
  queue: string,
  key: QueueKeyName,
  members: readonly string[],
): Walk {
  return async (after, count) => {
    const ids = [...new Set(members)]
    const entries: { readonly id: string; readonly score: number }[] = []
    for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
      const part = ids.slice(start, start + MOST_AT_ONCE)
      const ordered = backend.keys.queue(queue).of(key)
      const scores = listOf(await backend.run(scripts.places, queue, part, [ordered]))
      part.forEach((id, index) => {
        const score = scores[index]
        if (Buffer.isBuffer(score)) entries.push({ id, score: Number(score.toString()) })
      })
    }
    const from = after === undefined ? Number.NEGATIVE_INFINITY : Number(after[0])
    return entries
      .filter(({ score }) => score > from)
      .sort((a, b) => a.score - b.score)
      .slice(0, count)
      .map(({ id, score }) => ({ id, place: [score, id] }))
  }
}

/** Walks the ready tasks as they would be claimed: those of high priority, the normal ones, those of low priority. */
export function walkOfReady(backend: Backend, queue: string): Walk {
  const high = walkOfSet(backend, queue, 'ranked', { most: '(0' })
  const low = walkOfSet(backend, queue, 'ranked', { least: '0' })
  const within = (part: string, entries: readonly Entry[]) =>
    entries.map(({ id, place }) => ({ id, place: [part, ...place] }))
  return async (after, count) => {
    const [part = 'high', ...place] = after ?? []
    const rest = after === undefined ? undefined : place
    if (part === 'high') {
      const entries = await high(rest, count)
      if (entries.length > 0) return within('high', entries)
    }
    if (part !== 'low') {
      const entries = await normalFrom(backend, queue, part === 'normal' ? Number(place[0]) : 0, count)
      if (entries.length > 0) return within('normal', entries)
    }
    return within('low', await low(part === 'low' ? rest : undefined, count))
  }
}

async function normalFrom(
  backend: Backend,
  queue: string,
  position: number,
  count: number,
): Promise<readonly Entry[]> {
  for (let from = position; ; ) {
    const [next, isEnd, ids, places] = listOf(await backend.run(scripts.pageReady, queue, [from, count]))
    const positions = listOf(places ?? null)
    const entries = listOf(ids ?? null).map((id, index) => ({
      id: textOf(id),
      place: [numberOf(positions[index]) + 1],
    }))
    if (entries.length > 0 || numberOf(isEnd) === 1) return entries
    from = numberOf(next)
  }
}

/** Walks the tasks that are held, those first whose claim ends first. */
export function walkOfActive(backend: Backend, queue: string): Walk {
  return async (after, count) => {
    const [end = '-inf', token = '', id = ''] = after ?? []
    for (let most = count; ; most *= 2) {
      const claims = listOf(await backend.run(scripts.pageActive, queue, [end, most]))
      const entries = claims.flatMap(entriesOfClaim).sort(byPlace)
      const fresh = entries.filter(
        (entry) => after === undefined || byPlace(entry, { id: '', place: [end, token, id] }) > 0,
      )
      const isEnd = entries.length < most
      if (fresh.length >= count || isEnd) return fresh.slice(0, count)
    }
  }
}

function entriesOfClaim(claim: Parameters<typeof listOf>[0]): readonly Entry[] {
  const [token, end, ids] = listOf(claim)
  return listOf(ids ?? null).map((id) => ({
    id: textOf(id),
    place: [textOf(end), textOf(token), textOf(id)],
  }))
}

function byPlace({ place: a }: Entry, { place: b }: Entry): number {
  const byEnd = endOf(a) - endOf(b)
  if (byEnd !== 0) return byEnd
  for (const part of [1, 2]) {
    const [left, right] = [String(a[part]), String(b[part])]
    if (left !== right) return isAfter(left, right) ? 1 : -1
  }
  return 0
}

function endOf(place: Place): number {
  const [end] = place
  return end === 'inf' || end === '+inf' ? Number.MAX_VALUE : Number(end)
}

/** As Redis orders members: by their bytes. */
function isAfter(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0
}

function cursorOf(list: string, place: Place): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url')
}

/** @throws InvalidOptionError for what no page of this list gave. */
function placeOf(list: string, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(parsed) && parsed[0] === list && parsed.every(isPart)) return parsed.slice(1)
  } catch {
    // Said below: what can't be parsed is no cursor either.
  }
  throw new InvalidOptionError('cursor', cursor, 'a cursor that an earlier page of the same list gave')
}

function isPart(part: unknown): part is string | number {
  return typeof part === 'string' || typeof part === 'number'
}
