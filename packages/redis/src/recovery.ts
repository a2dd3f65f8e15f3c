import type { LostDelivery, RecoverCall, Recovery } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { lostDeliveriesOf } from './deliveries.ts'
import { numberOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** So many queues are looked at in one go. */
const QUEUES_AT_ONCE = 100

/** Looks at all queues for leases that have run out, and takes the tasks over queue by queue. */
export function recoveryOf(backend: () => Backend): Recovery {
  return {
    recover: async (call) => {
      const store = backend()
      const lost: LostDelivery[] = []
      for (const queue of await queuesWithLost(store)) {
        if (lost.length >= call.max) break
        lost.push(...(await takeOver(store, queue, call, call.max - lost.length)))
      }
      return lost
    },
  }
}

async function queuesWithLost(backend: Backend): Promise<readonly string[]> {
  const names = (await backend.queues()).map(({ name }) => name)
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
