import {
  type Claimed,
  type Clock,
  type Delivery,
  type QueueShare,
  type ReserveCall,
  reserveWaiting,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { gatheredOf } from './deliveries.ts'
import { type Argument, scripts } from './scripts.ts'
import type { RedisWakeups } from './wakeups.ts'

/** A sleeper looks for itself this often, so that one which has died is not told for longer. */
const LONGEST_SLEEP_MS = 5_000
/** What a sleeper that wakes up at the end of its wait takes to look again. */
const MARGIN_MS = 100

/** Claims tasks, queue by queue in their order, and waits for the first. */
export async function reserve(
  backend: Backend,
  wakeups: RedisWakeups,
  clock: Clock,
  call: ReserveCall,
): Promise<readonly Delivery[]> {
  if (call.repeat) return await heldBy(backend, call)
  const guest = wakeups.receive(call.queues.map(({ name }) => name))
  const until = clock.monotonic() + call.waitMs
  try {
    return await reserveWaiting(
      call,
      () => {
        const left = Math.max(0, until - clock.monotonic())
        const mayWait = left > 0 && !call.signal?.aborted
        return claim(backend, call, mayWait ? wakeups.channel : undefined, left, (place) =>
          guest.looks(place),
        )
      },
      wakeups.local,
      clock,
    )
  } finally {
    guest.leaves()
  }
}

async function claim(
  backend: Backend,
  call: ReserveCall,
  channel: string | undefined,
  waitMs: number,
  looks: (place: number) => void,
): Promise<Claimed> {
  const { queues, max } = call
  let deliveries: readonly Delivery[] = []
  let nextDueMs = LONGEST_SLEEP_MS
  const sleepMs = Math.ceil(Math.min(waitMs, LONGEST_SLEEP_MS)) + MARGIN_MS
  for (const [place, share] of queues.entries()) {
    const { name } = share
    const wanted = Math.min(share.max, max - deliveries.length)
    if (wanted <= 0) continue
    looks(place)
    const token = tokenOf(call, place)
    // Only who has nothing to do yet may sleep.
    const sleeper = channel !== undefined && deliveries.length === 0 ? [channel, sleepMs] : undefined
    const args = [token, wanted, ...lookArguments(share, sleeper)]
    const repeated = backend.keys.queue(name).repeated(call.callId)
    const gathered = gatheredOf(name, token, await backend.run(scripts.reserve, name, args, [repeated]))
    if (gathered.deliveries.length > 0) {
      backend.noteLater(name)
      deliveries = deliveries.length === 0 ? gathered.deliveries : [...deliveries, ...gathered.deliveries]
    } else if (gathered.nextDueAt !== undefined) {
      nextDueMs = Math.min(nextDueMs, Math.max(0, gathered.nextDueAt - gathered.now))
    }
  }
  return { deliveries, nextDueMs }
}

/** See lua/reserve.lua. */
function lookArguments(
  { priorities }: QueueShare,
  sleeper: readonly Argument[] | undefined,
): readonly Argument[] {
  if (priorities === undefined) return sleeper ?? []
  return [...(sleeper ?? ['', '']), priorities.lowest, priorities.highest]
}

/** A token has one claim in a queue: where a queue stands in a call again, it has another one. */
function tokenOf({ callId, queues }: ReserveCall, place: number): string {
  let before = 0
  for (let index = 0; index < place; index++) if (queues[index]?.name === queues[place]?.name) before++
  return before === 0 ? callId : `${callId}/${before}`
}

async function heldBy(backend: Backend, call: ReserveCall): Promise<readonly Delivery[]> {
  const replies = await Promise.all(
    call.queues.map(async ({ name }, place) => {
      const token = tokenOf(call, place)
      const repeated = backend.keys.queue(name).repeated(call.callId)
      return gatheredOf(name, token, await backend.run(scripts.repeat, name, [token], [repeated]))
    }),
  )
  return replies.flatMap(({ deliveries }) => deliveries)
}
