import { onTestFinished } from 'vitest'
import type { Limits } from '../../src/contract/limits.ts'
import type { EventEmitter } from '../../src/events/event-emitter.ts'
import type { TasqEventName, TasqEvents } from '../../src/events/event-map.ts'
import { createTasq, type TaskDefinition, type Tasq, type TasqOptions } from '../../src/index.ts'
import { type MemoryStore, VirtualClock } from '../../src/memory.ts'
import { FaultyDriver } from './faulty-driver.ts'

/** Every event there is: a new one in the map must be named here. */
export const EVENT_NAMES = Object.keys({
  'task:enqueued': 0,
  'task:started': 0,
  'task:completed': 0,
  'task:failed': 0,
  'task:retrying': 0,
  'task:dead': 0,
  'task:expired': 0,
  'task:cancelled': 0,
  'task:released': 0,
  'task:progress': 0,
  'task:log': 0,
  'task:lost': 0,
  'task:recovered': 0,
  'task:stuck': 0,
  'task:unconfirmed': 0,
  'schedule:fired': 0,
  'schedule:missed': 0,
  'worker:online': 0,
  'worker:paused': 0,
  'worker:resumed': 0,
  'worker:offline': 0,
  'worker:heartbeat': 0,
  'queue:paused': 0,
  'queue:resumed': 0,
  'control:error': 0,
  'pool:scaled': 0,
  'pool:crashed': 0,
  'pool:error': 0,
  'worker:error': 0,
  'worker:late': 0,
  'worker:blocked': 0,
  'client:retry': 0,
  'events:dropped': 0,
  'hook:error': 0,
  'redact:error': 0,
  'listener:error': 0,
} satisfies Record<TasqEventName, 0>) as readonly TasqEventName[]

/** Notes what an app tells. */
export class EventLog {
  readonly names: TasqEventName[] = []
  readonly #byName = new Map<TasqEventName, unknown[]>()

  constructor(tasq: { readonly events: Pick<EventEmitter, 'on'> }) {
    for (const name of EVENT_NAMES) {
      const events: unknown[] = []
      this.#byName.set(name, events)
      tasq.events.on(name, (event) => {
        this.names.push(name)
        events.push(event)
      })
    }
  }

  of<Name extends TasqEventName>(name: Name): readonly TasqEvents[Name][] {
    return (this.#byName.get(name) ?? []) as TasqEvents[Name][]
  }

  count(name: TasqEventName): number {
    return this.of(name).length
  }

  /** The names that start with one of these, in the order in which they were told. */
  told(...prefixes: readonly string[]): readonly TasqEventName[] {
    return this.names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
  }
}

export type StageOptions<Tasks extends readonly TaskDefinition[]> = Omit<
  TasqOptions<FaultyDriver, Tasks>,
  'driver'
> & {
  readonly clock?: VirtualClock
  /** Shared by several stages, which then are like several processes on one backend. */
  readonly store?: MemoryStore
  readonly limits?: Partial<Limits>
}

/** One process: an app on the memory driver behind a connection that a test may break, in virtual time. */
export function stage<const Tasks extends readonly TaskDefinition[] = readonly []>(
  options: StageOptions<Tasks> = {},
) {
  const { store, limits, clock = new VirtualClock(), ...rest } = options
  const driver = new FaultyDriver(store === undefined ? { clock, limits } : { store, limits })
  const tasq: Tasq<FaultyDriver, Tasks> = createTasq({ random: () => 0.5, ...rest, clock, driver })
  const log = new EventLog(tasq)
  onTestFinished(() => finish(clock, driver, tasq))
  return { clock, driver, tasq, log, store: driver.store }
}

/** Closes an app whatever state a test left it in, and lets the time pass that this takes. */
async function finish(clock: VirtualClock, driver: FaultyDriver, tasq: Pick<Tasq, 'close'>): Promise<void> {
  driver.heal()
  let isClosed = false
  const closing = tasq.close().finally(() => {
    isClosed = true
  })
  for (let round = 0; round < 200 && !isClosed; round++) await clock.advance(1_000)
  if (!isClosed) throw new Error('the app of this test could not be closed')
  await closing
}

/**
 * Lets virtual time pass until the condition holds; resolves to how many ms that took. Without a step of its own it looks
 * every 20 ms, and later on as often as one percent of the time that has passed.
 */
export async function eventually(
  clock: VirtualClock,
  condition: () => boolean,
  { within = 60_000, step }: { readonly within?: number; readonly step?: number } = {},
): Promise<number> {
  const start = clock.monotonic()
  await clock.settle()
  while (!condition()) {
    const passed = clock.monotonic() - start
    if (passed >= within) throw new Error(`it did not happen within ${within} ms: ${condition}`)
    await clock.advance(step ?? Math.max(20, Math.ceil(passed / 100)))
  }
  return clock.monotonic() - start
}

/** Lets virtual time pass until the promise settles, and gives its value. */
export async function settled<Value>(
  clock: VirtualClock,
  promise: Promise<Value>,
  options: { readonly within?: number; readonly step?: number } = {},
): Promise<Value> {
  let isSettled = false
  promise.then(
    () => {
      isSettled = true
    },
    () => {
      isSettled = true
    },
  )
  await eventually(clock, () => isSettled, options)
  return await promise
}
