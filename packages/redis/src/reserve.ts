import { type Claimed, type Clock, type Delivery, type ReserveCall, reserveWaiting } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { gatheredOf } from './deliveries.ts'
import { scripts } from './scripts.ts'
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
  const names = call.queues.map(({ name }) => name)
  if (call.repeat) return await heldBy(backend, names, call.callId)
  const guest = wakeups.receive(names)
  const until = clock.monotonic() + call.waitMs
  try {
    return await reserveWaiting(
      call,
      () => {
        const left = Math.max(0, until - clock.monotonic())
        const mayWait = left > 0 && !call.signal?.aborted
        return claim(backend, call, mayWait ? wakeups.channel : undefined, left, (queue) =>
          guest.looks(queue),
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
  { callId, queues, max }: ReserveCall,
  channel: string | undefined,
  waitMs: number,
  looks: (queue: string) => void,
): Promise<Claimed> {
  let deliveries: readonly Delivery[] = []
  let nextDueMs = LONGEST_SLEEP_MS
  const sleepMs = Math.ceil(Math.min(waitMs, LONGEST_SLEEP_MS)) + MARGIN_MS
  for (const { name, max: most } of queues) {
    const wanted = Math.min(most, max - deliveries.length)
    if (wanted <= 0) continue
    looks(name)
    // Only who has nothing to do yet may sleep.
    const sleeps = channel !== undefined && deliveries.length === 0 ? [channel, sleepMs] : []
    const repeated = backend.keys.queue(name).repeated(callId)
    const reply = await backend.run(scripts.reserve, name, [callId, wanted, ...sleeps], [repeated])
    const gathered = gatheredOf(name, callId, reply)
    if (gathered.deliveries.length > 0) {
      backend.noteLater(name)
      deliveries = deliveries.length === 0 ? gathered.deliveries : [...deliveries, ...gathered.deliveries]
    } else if (gathered.nextDueAt !== undefined) {
      nextDueMs = Math.min(nextDueMs, Math.max(0, gathered.nextDueAt - gathered.now))
    }
  }
  return { deliveries, nextDueMs }
}

async function heldBy(
  backend: Backend,
  names: readonly string[],
  callId: string,
): Promise<readonly Delivery[]> {
  const replies = await Promise.all(
    names.map(async (name) => {
      const repeated = backend.keys.queue(name).repeated(callId)
      return gatheredOf(name, callId, await backend.run(scripts.repeat, name, [callId], [repeated]))
    }),
  )
  return replies.flatMap(({ deliveries }) => deliveries)
}
