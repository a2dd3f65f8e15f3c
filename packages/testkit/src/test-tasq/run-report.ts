import type { Tasq } from '@tasq/core'

/** What happened while tasks ran. */
export interface RunReport {
  /** Tasks that were done. */
  readonly completed: number
  /** Attempts that failed, whatever came of it. */
  readonly failed: number
  /** Tasks that will be tried again after their delay. */
  readonly retrying: number
  /** Tasks that went to the dead letters. */
  readonly dead: number
  readonly cancelled: number
  /** Tasks that were handed back with no attempt counted: snoozed, or without a handler here. */
  readonly released: number
}

type Counts = { -readonly [Key in keyof RunReport]: number }

const COUNTED = ['completed', 'failed', 'retrying', 'dead', 'cancelled', 'released'] as const

/** Follows what an app does. */
export class RunCounter {
  readonly #counts: Counts = { completed: 0, failed: 0, retrying: 0, dead: 0, cancelled: 0, released: 0 }
  #started = 0
  /** Real time of the last event, in ms. */
  #lastEventAt = performance.now()

  constructor({ events }: Pick<Tasq, 'events'>) {
    for (const name of COUNTED) {
      events.on(`task:${name}`, () => {
        this.#counts[name]++
        this.noteEvent()
      })
    }
    events.on('task:started', () => {
      this.#started++
      this.noteEvent()
    })
    events.on('task:enqueued', () => this.noteEvent())
  }

  /** Attempts begun so far. */
  get started(): number {
    return this.#started
  }

  /** For how long nothing has happened, in real ms. */
  get silentMs(): number {
    return performance.now() - this.#lastEventAt
  }

  noteEvent(): void {
    this.#lastEventAt = performance.now()
  }

  snapshot(): RunReport {
    return { ...this.#counts }
  }

  /** What happened since a snapshot. */
  since(before: RunReport): RunReport {
    const report: Counts = { ...this.#counts }
    for (const name of COUNTED) report[name] -= before[name]
    return report
  }
}
