import { bandsIn } from '@tasq/broker-kernel'
import { type Delivery, type ReserveCall, sleep } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { toStoreError } from './errors.ts'
import type { Intake } from './intake.ts'
import type { Arrived, Drinker, Source, Tap } from './source.ts'
import { headers, numberIn } from './tasks.ts'

/** All that the server has for a consumer usually comes within this time; then it is asked whether that was all. */
const QUIET_MS = 5

/** The bands that are asked for of one queue, the most urgent first, and how many may come from them. */
interface Group {
  readonly sources: readonly Source[]
  left: number
}

/**
 * One reserve. It looks how many tasks wait in each band, and takes exactly as many as it wants, from the most urgent band on: a consumer
 * with that limit brings them in one burst and ends. Where nothing waits, a consumer of one task stands in each band, and the first task
 * that comes is the answer. So nothing is taken that nobody has asked for, and other workers find what is left.
 */
export class Turn implements Drinker {
  readonly #backend: Backend
  readonly #intake: Intake
  readonly #call: ReserveCall
  readonly #groups: readonly Group[]
  readonly #inbox = new Map<Source, Arrived[]>()
  readonly #taken: Arrived[] = []
  #left: number
  #isWoken = false
  #news: (() => void) | undefined

  constructor(backend: Backend, intake: Intake, call: ReserveCall) {
    this.#backend = backend
    this.#intake = intake
    this.#call = call
    this.#left = Math.min(call.max, backend.options.prefetch)
    this.#groups = call.queues.map(({ name, max, priorities }) => ({
      sources: bandsIn(priorities).map((band) => intake.source(name, band)),
      left: max,
    }))
  }

  /** @throws TasqError where the channel is lost meanwhile: then the server delivers all that has come again. */
  async run(): Promise<readonly Delivery[]> {
    this.#begin()
    try {
      await this.#reserve()
    } catch (error) {
      if (this.#intake.endedBy === undefined) throw toStoreError(error, this.#backend.options.where)
    } finally {
      await this.#end()
    }
    const { endedBy } = this.#intake
    if (endedBy !== undefined) throw this.#backend.endOf(endedBy)
    return this.#intake.leases.take(this.#taken, this.#call.callId)
  }

  drink(arrived: Arrived): void {
    const { source } = arrived.tap
    const inbox = this.#inbox.get(source)
    if (inbox === undefined) this.#inbox.set(source, [arrived])
    else inbox.push(arrived)
    this.wake()
  }

  wake(): void {
    this.#isWoken = true
    this.#news?.()
  }

  get #sources(): readonly Source[] {
    return this.#groups.flatMap(({ sources }) => sources)
  }

  get #isAborted(): boolean {
    return this.#call.signal?.aborted ?? false
  }

  async #reserve(): Promise<void> {
    const { clock } = this.#backend.options
    const until = clock.monotonic() + this.#call.waitMs
    for (;;) {
      await this.#gather()
      const remaining = until - clock.monotonic()
      if (this.#taken.length > 0 || this.#isAborted || remaining <= 0) return
      await this.#wait(remaining)
      this.#takeAll()
      if (this.#taken.length > 0 || this.#intake.endedBy !== undefined) return
      await this.#backend.declare(this.#call.queues) // one may have been deleted
    }
  }

  /** Takes what is there, in order. */
  async #gather(): Promise<void> {
    for (const group of this.#groups) {
      if (this.#left === 0 || this.#isAborted) return
      const waiting = await this.#look(group)
      for (const [index, source] of group.sources.entries()) {
        this.#take(group, source)
        const wanted = Math.min(this.#left, group.left, waiting[index] ?? 0)
        if (wanted === 0) continue
        await this.#pour(source, wanted)
        this.#take(group, source)
      }
    }
  }

  /** How many wait in each band. Where a consumer of ours stands idle, there is nothing. */
  async #look({ sources }: Group): Promise<readonly number[]> {
    return await Promise.all(
      sources.map((source, slot) =>
        this.#freeOf(source) > 0 ? 0 : this.#backend.looks.waiting(slot, source.name),
      ),
    )
  }

  /** So many wait there; others may be faster. */
  async #pour(source: Source, wanted: number): Promise<void> {
    const tap = await this.#intake.openTap(source, wanted, this)
    const isOver = () => tap.delivered >= wanted || this.#intake.endedBy !== undefined
    await this.#until(isOver, QUIET_MS)
    if (!isOver()) await this.#intake.flushed(source)
  }

  async #wait(ms: number): Promise<void> {
    this.#isWoken = false
    for (const source of this.#sources) {
      if (this.#inbox.size > 0) return
      if (this.#freeOf(source) === 0) await this.#intake.openTap(source, 1, this)
    }
    await this.#until(() => this.#isWoken || this.#intake.endedBy !== undefined, ms)
  }

  #takeAll(): void {
    for (const group of this.#groups) {
      for (const source of group.sources) this.#take(group, source)
    }
  }

  #take(group: Group, source: Source): void {
    const room = () => Math.min(this.#left, group.left)
    const inbox = this.#inbox.get(source) ?? []
    const arrived = [...source.takeSpare(room())]
    arrived.push(...inbox.splice(0, room() - arrived.length))
    if (inbox.length === 0) this.#inbox.delete(source)
    const ready = arrived.filter((each) => !this.#sendOn(each))
    this.#taken.push(...ready)
    this.#left -= ready.length
    group.left -= ready.length
  }

  /** What has been waiting for longer than the ladder lasts goes round again. */
  #sendOn(arrived: Arrived): boolean {
    const due = numberIn(arrived.message.properties.headers, headers.due)
    if (due <= this.#backend.options.clock.now()) return false
    void this.#backend.sendOn(this.#intake, arrived, due)
    return true
  }

  #freeOf(source: Source): number {
    let free = 0
    for (const tap of source.taps) if (tap.drinker === this) free += tap.free
    return free
  }

  #begin(): void {
    for (const source of this.#sources) {
      source.turns++
      for (const tap of source.taps) tap.drinker ??= this
    }
  }

  /** What flows on is spare from now on. A worker that waited will soon ask again; anybody else is done. */
  async #end(): Promise<void> {
    const isBusy = this.#call.waitMs > 0 && !this.#isAborted
    const taps = this.#sources.flatMap((source) => [...source.taps].filter((tap) => tap.drinker === this))
    if (!isBusy && !this.#isAborted) await this.#drain(taps)
    for (const tap of taps) tap.drinker = undefined
    for (const [source, arrived] of this.#inbox) source.spare.push(...arrived)
    for (const source of this.#sources) source.turns--
    if (isBusy) this.#intake.leave(this.#sources)
    else void this.#intake.closeIdle(this.#sources).catch(() => undefined)
  }

  /** What comes at the last moment is part of the answer, where there is room. */
  async #drain(taps: readonly Tap[]): Promise<void> {
    await Promise.all(taps.map((tap) => this.#intake.closeTap(tap))).catch(() => undefined)
    this.#takeAll()
  }

  /** Resolves when the condition holds, which is looked at with each piece of news, after `ms`, or when the call is aborted. */
  async #until(condition: () => boolean, ms: number): Promise<void> {
    if (condition()) return
    const over = new AbortController()
    const { signal } = this.#call
    this.#news = () => {
      if (condition()) over.abort()
    }
    const ends = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal])
    await sleep(this.#backend.options.clock, ms, ends)
    this.#news = undefined
  }
}
