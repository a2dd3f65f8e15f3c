import type { App } from '../app.ts'
import type { TaskRef } from '../contract/envelope.ts'
import type { CancelAnswer } from '../contract/facets/cancellation.ts'
import type { ChangeAnswer } from '../contract/facets/inspection.ts'
import { latestProgress, progressKind, type TaskProgress } from '../coordination/progress-record.ts'
import { SharedState } from '../coordination/shared-state.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { instant } from '../task/enqueue-options.ts'
import type { Facets } from './facets.ts'
import { snapshotOfDeadLetter, snapshotOfRecord, type TaskSnapshot } from './task-snapshot.ts'

/** With drivers that can end tasks before their time. */
export interface CancelAccess {
  /** Cancels it: at once while it waits, by its signal while it runs. */
  cancel(reason?: string): Promise<CancelAnswer>
}

/** With drivers whose tasks can be looked at. */
export interface TaskAccess extends CancelAccess {
  /** What is known of the task now; `undefined` where there is nothing any more. */
  inspect(): Promise<TaskSnapshot | undefined>
  /** Makes a waiting task ready now. */
  promote(): Promise<ChangeAnswer>
  /** Gives a waiting task a new time. */
  reschedule(due: { readonly delay: Duration } | { readonly runAt: Date }): Promise<ChangeAnswer>
  /** Deletes it while it waits, or what is kept of it once it is finished. */
  remove(): Promise<ChangeAnswer>
}

/** With drivers that share state between processes. */
export interface ProgressAccess {
  /**
   * What its handler told last by `context.progress()` and `context.log()`, in whatever process it runs or ran; about a second old at
   * most. `undefined` where it has told nothing, or is over for longer than its worker's `keepProgress`.
   */
  progress(): Promise<TaskProgress | undefined>
}

/**
 * One task of a queue, known by its id alone: `tasq.queue('mail').task(id)`. Its methods throw an UnsupportedError where the driver can't
 * do what they are for.
 */
export class KnownTask implements TaskAccess, ProgressAccess {
  readonly id: string
  readonly queue: string
  readonly #app: App
  readonly #facets: Facets

  /** Use `tasq.queue(name).task(id)`. */
  constructor(app: App, facets: Facets, ref: TaskRef) {
    this.#app = app
    this.#facets = facets
    this.id = ref.id
    this.queue = ref.queue
  }

  async inspect(): Promise<TaskSnapshot | undefined> {
    const { inspection } = this.#facets
    await this.#app.ready()
    const [record] = await inspection.get([this.#ref])
    if (record !== undefined) return snapshotOfRecord(record, this.#app)
    const page = await this.#app.driver.deadLetters.peek({ queue: this.queue, ids: [this.id], limit: 1 })
    const letter = page.items[0]
    return letter === undefined ? undefined : snapshotOfDeadLetter(letter, this.#app)
  }

  async cancel(reason?: string): Promise<CancelAnswer> {
    const { cancellation } = this.#facets
    await this.#app.ready()
    const { inspection } = this.#app.driver
    const [record] = (await inspection?.get([this.#ref])) ?? []
    const [answer] = await cancellation.cancel([{ ref: this.#ref, reason, keepMs: record?.keepResultMs }])
    if (answer === 'requested') this.#app.control.tell() // who runs it looks at once
    return answer ?? 'unknown'
  }

  promote(): Promise<ChangeAnswer> {
    return this.reschedule({ delay: 0 })
  }

  async reschedule(due: { readonly delay: Duration } | { readonly runAt: Date }): Promise<ChangeAnswer> {
    const { inspection } = this.#facets
    const stored =
      'runAt' in due ? { dueAt: instant('runAt', due.runAt) } : { delayMs: milliseconds('delay', due.delay) }
    await this.#app.ready()
    return await inspection.reschedule(this.#ref, stored)
  }

  async remove(): Promise<ChangeAnswer> {
    const { inspection } = this.#facets
    await this.#app.ready()
    const answer = await inspection.remove(this.#ref)
    if (answer !== 'unknown') return answer
    const purged = await this.#app.driver.deadLetters.purge({ queue: this.queue, ids: [this.id] }, 1)
    return purged > 0 ? 'changed' : 'unknown'
  }

  async progress(): Promise<TaskProgress | undefined> {
    const { coordination } = this.#facets
    await this.#app.ready()
    const { entries } = await new SharedState(coordination, progressKind(this.id), this.#app.clock).list(
      this.queue,
    )
    const latest = latestProgress(entries.map(({ value }) => value))
    const { redaction } = this.#app
    if (latest === undefined || redaction === undefined) return latest
    return redaction.progress(await this.definitionName(), latest)
  }

  /** Of which definition it is; `undefined` where that can't be known. */
  protected async definitionName(): Promise<string | undefined> {
    const { inspection, deadLetters } = this.#app.driver
    const [record] = (await inspection?.get([this.#ref])) ?? []
    if (record !== undefined) return record.task
    const { items } = await deadLetters.peek({ queue: this.queue, ids: [this.id], limit: 1 })
    return items[0]?.task
  }

  /** Takes it back from the dead letters, with all its attempts; `false` where it is not there. */
  async retry(): Promise<boolean> {
    await this.#app.ready()
    return (await this.#app.driver.deadLetters.retry({ queue: this.queue, ids: [this.id] }, 1)) > 0
  }

  get #ref(): TaskRef {
    return { queue: this.queue, id: this.id }
  }
}
