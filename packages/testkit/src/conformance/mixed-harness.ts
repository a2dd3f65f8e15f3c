import { createTasq, type StoreDriver } from '@tasq/core'
import type { FacetName, Harness, Store, UserTransaction } from './harness.ts'

/** A store to put beside a broker: an empty one for each case. */
export interface MixedStore {
  /** Names it in messages. */
  readonly name: string
  /** Those of `transactions`, `coordination`, `migrations`, `retention` and `events` that it has. */
  readonly facets: readonly FacetName[]
  /** As `Harness.tolerates`. @default none */
  readonly tolerates?: readonly string[] | undefined
  /** The most items that a call may carry, and bytes. */
  readonly limits: Pick<Harness['limits'], 'maxPayloadBytes' | 'maxBatch' | 'maxBatchBytes'>
  open(): Promise<{
    /** A new connection; not opened yet. */
    driver(): StoreDriver
    beginTransaction?(): Promise<UserTransaction>
    /** Removes everything. */
    close(): Promise<void>
  }>
}

/**
 * The harness of a broker with a store beside it, made of the broker's own. With it runs the whole suite, and the cases of
 * what happens where a process dies between two steps.
 */
export function mixedHarness(broker: Harness, store: MixedStore): Harness {
  const { writesInFlight: _, ...limits } = broker.limits
  const ofBroker = broker.facets.filter((name) => ['backlog', 'diagnostics', 'events'].includes(name))
  return {
    ...broker,
    tolerates: [...(broker.tolerates ?? []), ...(store.tolerates ?? [])],
    name: `${broker.name} with ${store.name}`,
    facets: [...new Set([...ofBroker, 'cancellation', 'relay', 'results', ...store.facets] as const)],
    limits: {
      ...limits,
      maxPayloadBytes: Math.min(limits.maxPayloadBytes, store.limits.maxPayloadBytes),
      maxBatch: Math.min(limits.maxBatch, store.limits.maxBatch),
      maxBatchBytes: Math.min(limits.maxBatchBytes, store.limits.maxBatchBytes),
      fence: 'token',
    },
    openStore: async () => await openBoth(broker, store),
  }
}

async function openBoth(broker: Harness, store: MixedStore): Promise<Store> {
  const [messages, twins] = await Promise.all([broker.openStore(), store.open()])
  const { clock } = messages
  const { beginTransaction } = twins
  return {
    ...messages,
    driver: (options) =>
      createTasq({ driver: messages.driver(options), store: twins.driver(), clock }).driver,
    parts: () => ({ broker: messages.driver(), store: twins.driver() }),
    ...(beginTransaction === undefined ? {} : { beginTransaction: () => beginTransaction() }),
    close: async () => {
      await Promise.all([messages.close(), twins.close()])
    },
  }
}
