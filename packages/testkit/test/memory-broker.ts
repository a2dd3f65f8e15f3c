import type { Delivery, Driver, Limits, ReserveCall } from '@tasq/core/driver'
import { type MemoryStore, memory } from '@tasq/core/memory'

/** What a broker has in memory; shared by those who are like several processes on it. */
export interface BrokerStore {
  readonly messages: MemoryStore
  /** How often each message was delivered again. */
  readonly redeliveries: Map<string, number>
}

/** How long a wait may be before messages of the dead are looked for. */
const LOOK_MS = 100

/**
 * The memory driver, with no more than a message broker can do: it delivers lost tasks again by itself, it knows nothing of what has
 * left, it forgets who repeats, and it shows nothing but numbers.
 */
export function memoryBroker({ messages, redeliveries }: BrokerStore): Driver {
  const inner = memory({ store: messages })
  const limits: Limits = { ...inner.limits, fence: 'delivery', redelivers: true }
  const takeBack = async () => {
    const lost = await inner.recovery.recover({
      callId: `broker.${Math.random()}`,
      max: 1_000,
      leaseMs: 1_000,
    })
    for (const { lease, attempt, history } of lost) {
      redeliveries.set(lease.id, (redeliveries.get(lease.id) ?? 0) + 1)
      await inner.settle([{ kind: 'release', lease, delayMs: 0, attempts: attempt - 1, history }])
    }
  }
  const reserve = async (call: ReserveCall): Promise<readonly Delivery[]> => {
    if (call.repeat) return []
    const until = messages.clock.monotonic() + call.waitMs
    for (;;) {
      await takeBack()
      const remaining = Math.max(0, until - messages.clock.monotonic())
      const taken = await inner.reserve({ ...call, waitMs: Math.min(remaining, LOOK_MS) })
      if (taken.length > 0 || remaining === 0 || call.signal?.aborted) {
        return taken.map((each) => ({ ...each, redeliveries: redeliveries.get(each.lease.id) ?? 0 }))
      }
    }
  }
  let calls = 0
  return {
    name: 'memory-broker',
    limits,
    open: () => inner.open(),
    close: () => inner.close(),
    // No receipts: whoever repeats, sends twice.
    enqueue: ({ tasks }) => inner.enqueue({ callId: `${Math.random()}.${++calls}`, tasks }),
    reserve,
    extend: (extensions) => inner.extend(extensions),
    settle: (settlements) => inner.settle(settlements),
    deadLetters: inner.deadLetters,
    backlog: { count: inner.inspection.count, purge: inner.inspection.purge },
  }
}
