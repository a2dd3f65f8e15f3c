import type { Coordination } from '../contract/facets/coordination.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Control, controlKind, groupKey, QUEUE_KEY, type QueueControl } from './control.ts'
import type { ControlLine } from './control-line.ts'
import { repeating } from './repeating.ts'
import { type SharedEntry, SharedState } from './shared-state.ts'

type Change = (current: QueueControl, now: number) => QueueControl

export interface QueueControllerParts {
  readonly coordination: Coordination
  readonly clock: Clock
  readonly random: () => number
  readonly line: Pick<ControlLine, 'tell'>
}

/** Changes what holds for a queue, and tells all workers. What failed and may succeed later is tried again a few times. */
export class QueueController {
  readonly #state: SharedState<Control>
  readonly #line: Pick<ControlLine, 'tell'>

  constructor({ coordination, clock, random, line }: QueueControllerParts) {
    this.#state = new SharedState(repeating(coordination, clock, random), controlKind, clock, random)
    this.#line = line
  }

  async read(queue: string): Promise<QueueControl> {
    const { entries } = await this.#state.list(queue)
    return controlOf(entries.find(({ key }) => key === QUEUE_KEY))
  }

  /** A queue of which nothing special holds any more has no record. */
  async change(queue: string, change: Change): Promise<void> {
    await this.#state.update(queue, QUEUE_KEY, (entry, now) => {
      const next = change(controlOf(entry), now)
      const { type: _, ...settings } = next
      const isPlain = Object.values(settings).every((setting) => setting === undefined)
      return { value: isPlain ? undefined : next }
    })
    this.#line.tell()
  }

  async pause(queue: string): Promise<void> {
    await this.change(queue, (control, now) => ({ ...control, pausedAt: control.pausedAt ?? now }))
  }

  async resume(queue: string): Promise<void> {
    await this.change(queue, (control) => ({ ...control, pausedAt: undefined, heldUntil: undefined }))
  }

  /**
   * Nothing of the queue is started for so long; a hold that lasts longer stays.
   * @returns when it was written, in ms since epoch on the backend's clock.
   */
  async hold(queue: string, ms: number): Promise<number> {
    let writtenAt = 0
    await this.change(queue, (control, now) => {
      writtenAt = now
      return { ...control, heldUntil: Math.max(control.heldUntil ?? 0, now + ms) }
    })
    return writtenAt
  }

  /** The same for one group in it. */
  async holdGroup(queue: string, group: string, ms: number): Promise<number> {
    let writtenAt = 0
    await this.#state.update(queue, groupKey(group), (entry, now) => {
      writtenAt = now
      const heldBefore = entry?.value.type === 'group' ? entry.value.heldUntil : 0
      const heldUntil = Math.max(heldBefore, now + ms)
      return { value: { type: 'group', group, heldUntil }, ttlMs: heldUntil - now }
    })
    this.#line.tell()
    return writtenAt
  }

  /** Ends the hold of a group. */
  async resumeGroup(queue: string, group: string): Promise<void> {
    await this.#state.put(queue, groupKey(group), { value: undefined })
    this.#line.tell()
  }
}

function controlOf(entry: SharedEntry<Control> | undefined): QueueControl {
  return entry?.value.type === 'queue' ? entry.value : { type: 'queue' }
}
