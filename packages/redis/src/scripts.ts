import { createHash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { KeyName } from './keys.ts'
import admit from './lua/admit.lua'
import adopt from './lua/adopt.lua'
import cancel from './lua/cancel.lua'
import complete from './lua/complete.lua'
import completeFollowed from './lua/complete-followed.lua'
import completeKept from './lua/complete-kept.lua'
import count from './lua/count.lua'
import endTurn from './lua/end-turn.lua'
import enqueue from './lua/enqueue.lua'
import extend from './lua/extend.lua'
import get from './lua/get.lua'
import heads from './lua/heads.lua'
import held from './lua/held.lua'
import holdsRecords from './lua/holds-records.lua'
import keepNewestLetters from './lua/keep-newest-letters.lua'
import keepNewestOutcomes from './lua/keep-newest-outcomes.lua'
import letters from './lua/letters.lua'
import marks from './lua/marks.lua'
import open from './lua/open.lua'
import orphans from './lua/orphans.lua'
import outcomes from './lua/outcomes.lua'
import page from './lua/page.lua'
import pageActive from './lua/page-active.lua'
import pageReady from './lua/page-ready.lua'
import allowWhenFull from './lua/parts/allow-when-full.lua'
import bury from './lua/parts/bury.lua'
import claims from './lua/parts/claims.lua'
import drop from './lua/parts/drop.lua'
import ended from './lua/parts/ended.lua'
import exhume from './lua/parts/exhume.lua'
import forget from './lua/parts/forget.lua'
import gather from './lua/parts/gather.lua'
import groups from './lua/parts/groups.lua'
import hint from './lua/parts/hint.lua'
import holders from './lua/parts/holders.lua'
import inline from './lua/parts/inline.lua'
import join from './lua/parts/join.lua'
import keep from './lua/parts/keep.lua'
import keepCompleted from './lua/parts/keep-completed.lua'
import lettersPart from './lua/parts/letters.lua'
import lose from './lua/parts/lose.lua'
import makeReady from './lua/parts/make-ready.lua'
import normal from './lua/parts/normal.lua'
import now from './lua/parts/now.lua'
import promote from './lua/parts/promote.lua'
import put from './lua/parts/put.lua'
import ranks from './lua/parts/ranks.lua'
import sharedRecords from './lua/parts/shared-records.lua'
import standing from './lua/parts/standing.lua'
import storeOnce from './lua/parts/store-once.lua'
import storeTasks from './lua/parts/store-tasks.lua'
import takeIn from './lua/parts/take-in.lua'
import text from './lua/parts/text.lua'
import unwait from './lua/parts/unwait.lua'
import wake from './lua/parts/wake.lua'
import places from './lua/places.lua'
import probe from './lua/probe.lua'
import publish from './lua/publish.lua'
import purge from './lua/purge.lua'
import purgeLetters from './lua/purge-letters.lua'
import purgeOutcomes from './lua/purge-outcomes.lua'
import read from './lua/read.lua'
import readRecords from './lua/read-records.lua'
import recover from './lua/recover.lua'
import register from './lua/register.lua'
import registered from './lua/registered.lua'
import remove from './lua/remove.lua'
import repeat from './lua/repeat.lua'
import replace from './lua/replace.lua'
import reschedule from './lua/reschedule.lua'
import reserve from './lua/reserve.lua'
import revive from './lua/revive.lua'
import rouse from './lua/rouse.lua'
import settle from './lua/settle.lua'
import store from './lua/store.lua'
import storeFollowUps from './lua/store-follow-ups.lua'
import trim from './lua/trim.lua'
import trimRecords from './lua/trim-records.lua'
import unregister from './lua/unregister.lua'
import vacate from './lua/vacate.lua'
import writeRecords from './lua/write-records.lua'

/** What scripts share; each says what it gives. */
const PARTS: Readonly<Record<string, string>> = {
  'allow-when-full': allowWhenFull,
  bury,
  claims,
  drop,
  ended,
  exhume,
  forget,
  gather,
  groups,
  hint,
  holders,
  inline,
  join,
  keep,
  'keep-completed': keepCompleted,
  letters: lettersPart,
  lose,
  'make-ready': makeReady,
  normal,
  now,
  promote,
  put,
  ranks,
  'shared-records': sharedRecords,
  standing,
  'store-once': storeOnce,
  'store-tasks': storeTasks,
  'take-in': takeIn,
  text,
  unwait,
  wake,
}

/** A key that a script uses: one of the queue's, or, where it is not in this list, one that the caller names. */
const NAMED_BY_CALLER = [
  'answers',
  'format',
  'ordered',
  'probe',
  'queues',
  'receipt',
  'repeated',
  'turn',
] as const

type CallerKey = (typeof NAMED_BY_CALLER)[number]

/** A script, ready to be sent. */
export interface Script {
  readonly name: string
  readonly lua: string
  readonly sha: string
  /** The keys of the queue that it uses, in order. */
  readonly queueKeys: readonly KeyName[]
  /** The keys that follow, which the caller names. */
  readonly callerKeys: readonly CallerKey[]
  /** Whether its caller is told that something is stored: see `ReplicaOptions`. */
  readonly acknowledges: boolean
}

/** What a script may be given: text, or bytes. */
export type Argument = string | number | Buffer

/** What a script gives back. */
export type Reply = null | number | Buffer | readonly Reply[]

/** Every script by its name. Those that acknowledge something that must not be lost say so. */
export const scripts = {
  admit: compose('admit', admit),
  adopt: compose('adopt', adopt),
  cancel: compose('cancel', cancel, true),
  complete: compose('complete', complete, true),
  completeFollowed: compose('complete-followed', completeFollowed, true),
  completeKept: compose('complete-kept', completeKept, true),
  count: compose('count', count),
  endTurn: compose('end-turn', endTurn),
  enqueue: compose('enqueue', enqueue, true),
  extend: compose('extend', extend),
  get: compose('get', get),
  heads: compose('heads', heads),
  held: compose('held', held),
  holdsRecords: compose('holds-records', holdsRecords),
  keepNewestLetters: compose('keep-newest-letters', keepNewestLetters),
  keepNewestOutcomes: compose('keep-newest-outcomes', keepNewestOutcomes),
  letters: compose('letters', letters),
  marks: compose('marks', marks),
  open: compose('open', open),
  orphans: compose('orphans', orphans),
  outcomes: compose('outcomes', outcomes),
  page: compose('page', page),
  pageActive: compose('page-active', pageActive),
  pageReady: compose('page-ready', pageReady),
  places: compose('places', places),
  probe: compose('probe', probe),
  publish: compose('publish', publish),
  purge: compose('purge', purge, true),
  purgeLetters: compose('purge-letters', purgeLetters, true),
  purgeOutcomes: compose('purge-outcomes', purgeOutcomes, true),
  read: compose('read', read),
  readRecords: compose('read-records', readRecords),
  recover: compose('recover', recover),
  register: compose('register', register),
  registered: compose('registered', registered),
  remove: compose('remove', remove, true),
  repeat: compose('repeat', repeat),
  replace: compose('replace', replace, true),
  reschedule: compose('reschedule', reschedule, true),
  reserve: compose('reserve', reserve),
  revive: compose('revive', revive, true),
  rouse: compose('rouse', rouse),
  settle: compose('settle', settle, true),
  store: compose('store', store, true),
  storeFollowUps: compose('store-follow-ups', storeFollowUps, true),
  trim: compose('trim', trim),
  trimRecords: compose('trim-records', trimRecords),
  unregister: compose('unregister', unregister),
  vacate: compose('vacate', vacate),
  writeRecords: compose('write-records', writeRecords, true),
} as const satisfies Readonly<Record<string, Script>>

/**
 * Puts a script together: the parts that it uses, each once and after those that it uses itself, and names for all of their keys. What
 * a file uses stands in its header: `-- KEYS: …` and `-- USES: …`. One with `-- QUEUES: many` is given the keys of several queues, one
 * after another, and turns from one to the other by `useQueue(number)`; it begins with the first.
 */
function compose(name: string, body: string, acknowledges = false): Script {
  const keys = new Set<string>()
  const bodies: string[] = []
  const seen = new Set<string>()
  const add = (lua: string) => {
    for (const part of headerOf(lua, 'USES')) {
      if (seen.has(part)) continue
      seen.add(part)
      const found = PARTS[part]
      if (found === undefined) throw new Error(`script '${name}' uses '${part}', which is not there`)
      add(found)
    }
    for (const key of headerOf(lua, 'KEYS')) keys.add(key)
    bodies.push(lua)
  }
  add(body)
  const callerKeys = NAMED_BY_CALLER.filter((key) => keys.has(key))
  const queueKeys = [...keys].filter((key) => !NAMED_BY_CALLER.some((named) => named === key))
  const all = [...queueKeys, ...callerKeys]
  const names = all.length === 0 ? '' : keyNames(all, headerOf(body, 'QUEUES').length > 0)
  const lua = `local call = redis.call\n${names}${bodies.join('\n')}`
  const sha = createHash('sha1').update(lua).digest('hex')
  // Only names that are keys stand in the headers: a test runs each script.
  return { name, lua, sha, queueKeys: queueKeys as KeyName[], callerKeys, acknowledges }
}

function keyNames(all: readonly string[], ofMany: boolean): string {
  const names = all.join(', ')
  if (!ofMany) return `local ${names} = unpack(KEYS)\n`
  const { length } = all
  const turn = `${names} = unpack(KEYS, (number - 1) * ${length} + 1, number * ${length})`
  return `local ${names}\nlocal function useQueue(number) ${turn} end\nuseQueue(1)\n`
}

function headerOf(lua: string, word: 'KEYS' | 'USES' | 'QUEUES'): readonly string[] {
  const line = lua.split('\n').find((candidate) => candidate.startsWith(`-- ${word}: `))
  return line === undefined ? [] : line.slice(`-- ${word}: `.length).split(' ')
}

/** Sends a script by its digest, and as a whole where the server does not know it: after a restart, a failover, SCRIPT FLUSH. */
export async function send(
  client: Redis | Cluster,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<Reply> {
  try {
    return asReply(await client.callBuffer('evalsha', script.sha, keys.length, ...keys, ...args))
  } catch (error) {
    // After many redirections a cluster's client has the node's answer within an error of its own.
    if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error
    return asReply(await client.callBuffer('eval', script.lua, keys.length, ...keys, ...args))
  }
}

/** Resolves to how many replicas have all that this connection has written so far: at least so many, unless the time is over. */
export async function replicasWith(
  client: Redis | Cluster,
  key: string,
  count: number,
  timeoutMs: number,
): Promise<number> {
  if (!client.isCluster) return Number(await client.call('wait', count, timeoutMs))
  // Of a cluster's nodes the one with the key is meant: the connection that the script before went by.
  const answers = await client.pipeline().exists(key).wait(count, timeoutMs).exec()
  const [error, acknowledged] = answers?.[1] ?? []
  if (error != null) throw error
  return Number(acknowledged)
}

/** The client gives numbers, bytes and lists of them for what scripts return. */
function asReply(reply: unknown): Reply {
  return reply as Reply
}
