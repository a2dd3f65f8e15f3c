import assert from 'node:assert/strict'
import {
  createTasq,
  type TaskDefinition,
  type Tasq,
  type TasqOptions,
  type Worker,
  type WorkerOptions,
} from '@tasq/core'
import { type Backlog, type Cancellation, type Driver, type Relay, sleep } from '@tasq/core/driver'
import { type FaultyDriver, faulty } from '../faulty-driver.ts'
import type { ConnectionOptions, FacetName, Harness, Store } from './harness.ts'
import { type MixedProcess, mixedProcess } from './mixed-process.ts'
import { type Trait, traitsOf } from './traits.ts'

/** How finely time passes while something is waited for. */
const STEP_MS = 10
/** Nothing that a case waits for takes longer; where time passes by itself, many cases may have to share a slow machine. */
const PATIENCE_MS = { virtual: 15_000, real: 90_000 } as const

type AppOptions = Omit<TasqOptions<Driver, readonly TaskDefinition[]>, 'driver' | 'tasks'>

/** What one case works with: a store of its own, and the drivers and apps that it has opened on it. */
export class CaseContext {
  readonly harness: Harness
  readonly store: Store
  readonly #traits: ReadonlySet<Trait>
  readonly #drivers: Driver[] = []
  readonly #faulty: FaultyDriver<Driver>[] = []
  readonly #apps: Tasq[] = []
  readonly #relays = new Map<Driver, () => Promise<void>>()

  constructor(harness: Harness, store: Store) {
    this.harness = harness
    this.store = store
    this.#traits = traitsOf(harness)
  }

  has(trait: Trait): boolean {
    return this.#traits.has(trait)
  }

  /** A further process on the store, connected. */
  async connect(options: ConnectionOptions = {}): Promise<Driver> {
    const driver = this.store.driver(options)
    this.#drivers.push(driver)
    await driver.open()
    if (driver.relay !== undefined && driver.transactions !== undefined) this.#relayFor(driver, driver.relay)
    return driver
  }

  /** What a user's transaction leaves in the outbox is published by workers, which most cases have none of. */
  #relayFor(driver: Driver, relay: Relay): void {
    const over = new AbortController()
    const run = async () => {
      while (!over.signal.aborted) {
        // A driver that a case closes or cuts off has nothing to relay.
        await relay.step(over.signal).catch(() => sleep(this.store.clock, STEP_MS, over.signal))
      }
    }
    const running = run()
    this.#relays.set(driver, async () => {
      over.abort()
      await running
    })
  }

  /** A further process of a broker and a store; what it does to either can be seen, and cut. */
  async connectMixed(): Promise<MixedProcess> {
    const { broker, store } =
      this.store.parts?.() ?? assert.fail('the harness declares `relay` and gives no parts')
    const process = mixedProcess(broker, store, this.store.clock)
    this.#drivers.push(process.driver)
    this.#faulty.push(...process.lines)
    await process.driver.open()
    return process
  }

  /** Several processes at once. */
  async connectMany(count: number): Promise<readonly Driver[]> {
    return await Promise.all(Array.from({ length: count }, () => this.connect()))
  }

  /** A further process whose line to the backend can be cut. */
  async connectFaulty(): Promise<FaultyDriver<Driver>> {
    const driver = faulty(await this.connect(), { clock: this.store.clock })
    this.#faulty.push(driver)
    return driver
  }

  /** An app on the driver, closed with the case. Jitter is off, so that loops come round as soon as they may. */
  app<const Tasks extends readonly TaskDefinition[]>(
    driver: Driver,
    tasks: Tasks,
    options: AppOptions = {},
  ): Tasq<Driver, Tasks> {
    const tasq = createTasq({ clock: this.store.clock, random: () => 0, ...options, driver, tasks })
    this.#apps.push(tasq)
    return tasq
  }

  /** Starts a worker that stops without waiting for its handlers. */
  async work(tasq: Tasq, options: WorkerOptions = {}): Promise<Worker> {
    const worker = tasq.worker({ pollInterval: '250ms', shutdownTimeout: 0, abortGrace: 0, ...options })
    await this.finish('the start of a worker', worker.start())
    return worker
  }

  /** How much later than due something may happen, in ms. In real time a machine may be busy. */
  get lateMs(): number {
    return this.harness.time === 'real' ? 15_000 : 1_000
  }

  /** Time on the store, in ms, for measuring. */
  get elapsed(): number {
    return this.store.clock.monotonic()
  }

  async advance(ms: number): Promise<void> {
    await this.store.advance(ms)
  }

  /** Lets time pass until the condition holds. */
  async until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    withinMs: number = PATIENCE_MS[this.harness.time],
  ): Promise<void> {
    const start = this.elapsed
    while (!(await condition())) {
      if (this.elapsed - start >= withinMs) assert.fail(`${what}: not within ${withinMs} ms`)
      await this.advance(STEP_MS)
    }
  }

  /** Lets time pass until the promise settles. */
  async finish<Value>(what: string, promise: Promise<Value>, withinMs?: number): Promise<Value> {
    let isOver = false
    const end = () => {
      isOver = true
    }
    promise.then(end, end)
    await this.until(what, () => isOver, withinMs)
    return await promise
  }

  /** Ends everything that the case has begun, whatever state it left it in. */
  async close(): Promise<void> {
    for (const { faults } of this.#faulty) faults.clear()
    const problems: unknown[] = []
    const end = async (what: string, work: () => Promise<unknown>) => {
      try {
        await this.finish(`closing ${what}`, work(), 90_000)
      } catch (error) {
        problems.push(error)
      }
    }
    for (const tasq of this.#apps) await end('an app', () => tasq.close())
    for (const stop of this.#relays.values()) await end('a relay', stop)
    for (const driver of this.#drivers) await end('a driver', () => driver.close())
    await end('the store', () => this.store.close())
    if (problems.length > 0) throw new AggregateError(problems, 'The case could not be closed')
  }
}

/** A facet that the harness declares; its absence fails the case. */
export function facet<Name extends FacetName>(driver: Driver, name: Name): NonNullable<Driver[Name]> {
  const found = driver[name]
  assert.ok(found, `the driver '${driver.name}' has no facet '${name}', although its harness declares it`)
  return found
}

/** How tasks are ended before their time, by a driver that declares it, alone or with the facet `inspection`. */
export function cancellationOf(driver: Driver): Cancellation {
  return driver.cancellation ?? facet(driver, 'inspection')
}

/** What waits, by a driver that declares it, alone or with the facet `inspection`. */
export function backlogOf(driver: Driver): Backlog {
  return driver.backlog ?? facet(driver, 'inspection')
}
