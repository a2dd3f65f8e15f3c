import type { QueueOverview } from '@tasq/core'
import type { Key } from '../output/keys.ts'

/** What is done to a queue. */
export interface QueueOrder {
  readonly kind: 'pause' | 'resume'
  readonly queue: string
}

/** What whoever sits at the screen has chosen. */
export interface Selection {
  /** The name of a queue; `undefined` where there is none. */
  readonly queue: string | undefined
  /** Waits for a yes. */
  readonly asked?: QueueOrder | undefined
  readonly isOver?: boolean | undefined
}

/** What a key comes to. */
export interface Pressed {
  readonly selection: Selection
  /** To be carried out now. */
  readonly order?: QueueOrder | undefined
}

/** Keeps to what was chosen as long as it is there. */
export function follow(selection: Selection, queues: readonly QueueOverview[]): Selection {
  const isThere = queues.some(({ queue }) => queue === selection.queue)
  return isThere ? selection : { ...selection, queue: queues[0]?.queue, asked: undefined }
}

export function press(selection: Selection, key: Key, queues: readonly QueueOverview[]): Pressed {
  if (key === 'resized') return { selection }
  if (key === 'end') return { selection: { ...selection, isOver: true } }
  const { queue, asked } = selection
  if (asked !== undefined) return { selection: { queue }, order: isYes(key) ? asked : undefined }
  if (key === 'up') return { selection: { queue: neighbour(queue, queues, -1) } }
  if (key === 'down') return { selection: { queue: neighbour(queue, queues, 1) } }
  if (key.text === 'q') return { selection: { queue, isOver: true } }
  return { selection: { queue, asked: key.text === 'p' ? questionOf(queue, queues) : undefined } }
}

function isYes(key: Key): boolean {
  return typeof key === 'object' && key.text.toLowerCase() === 'y'
}

function neighbour(
  queue: string | undefined,
  queues: readonly QueueOverview[],
  step: number,
): string | undefined {
  const at = queues.findIndex((each) => each.queue === queue) + step
  return queues[Math.max(0, Math.min(queues.length - 1, at))]?.queue
}

/** A hold ends by a resume as well. */
function questionOf(name: string | undefined, queues: readonly QueueOverview[]): QueueOrder | undefined {
  const found = queues.find(({ queue }) => queue === name)
  if (found === undefined) return undefined
  const isStill = found.paused || found.heldUntil !== undefined
  return { kind: isStill ? 'resume' : 'pause', queue: found.queue }
}
