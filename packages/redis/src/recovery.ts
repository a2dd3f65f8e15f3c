import type { LostDelivery, RecoverCall, Recovery } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { lostDeliveriesOf } from './deliveries.ts'
import type { Known } from './registry.ts'
import { numberOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** So many queues are looked at in one go. */
const QUEUES_AT_ONCE = 100
/** Somebody looks at all queues no more often than this, unless there is something to recover. */
const TURN_MS = 1_000

/** Looks at all queues for leases that have run out, and takes the tasks over queue by queue. */
export function recoveryOf(backend: () => Backend): Recovery {
  return {
    recover: async (call) => {
      const store = backend()
      const { recoveryTurn } = store.keys
      const known = await store.turn(recoveryTurn, TURN_MS)
      const lost: LostDelivery[] = []
      for (const queue of await queuesWithLost(store, known ?? [])) {
        if (lost.length >= call.max) break
        lost.push(...(await takeOver(store, queue, call, call.max - lost.length)))
      }
      if (lost.length > 0) await store.endTurn(recoveryTurn).catch(() => undefined) // it ends by itself as well
      return lost
    },
  }
}

async function queuesWithLost(backend: Backend, known: readonly Known[]): Promise<readonly string[]> {
  const names = known.map(({ name }) => name)
  const found: string[] = []
  for (let start = 0; start < names.length; start += QUEUES_AT_ONCE) {
    const some = names.slice(start, start + QUEUES_AT_ONCE)
    const counts = await Promise.all(some.map((name) => backend.run(scripts.recover, name, ['', 0, 0])))
    found.push(...some.filter((_, index) => numberOf(counts[index]) > 0))
  }
  return found
}

async function takeOver(
  backend: Backend,
  queue: string,
  { callId, leaseMs }: RecoverCall,
  most: number,
): Promise<readonly LostDelivery[]> {
  const reply = await backend.run(scripts.recover, queue, [callId, most, Math.round(leaseMs)])
  return lostDeliveriesOf(queue, callId, reply)
}
