import type { App } from '../app.ts'
import type { Relay } from '../contract/facets/relay.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'

/** What is not over within this time is taken to be lost. */
const STEP_MS = 30_000

/** Publishes what stands in the outbox of the store, round after round. */
export function relayLoop(app: App, relay: Relay, onError: (error: unknown, loop: string) => void): Loop {
  const step = async (signal: AbortSignal) => {
    await withDeadline(app.clock, STEP_MS, 'a round of the relay', relay.step(signal))
  }
  return new Loop({ name: 'relay', clock: app.clock, random: app.random, onError, step })
}
