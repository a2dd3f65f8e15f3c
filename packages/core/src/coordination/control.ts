import type { ResolvedRateLimit } from '../engine/rate-limiter.ts'
import type { SharedKind } from './shared-state.ts'
import { StoredValue } from './values.ts'

/** What holds for one queue, for all its workers. Instants are in ms since epoch, on the backend's clock. */
export interface QueueControl {
  readonly type: 'queue'
  readonly pausedAt?: number | undefined
  /** Nothing of it is started before. */
  readonly heldUntil?: number | undefined
  /** Most of its tasks that all workers hold together. */
  readonly concurrency?: number | undefined
  readonly rateLimit?: ResolvedRateLimit | undefined
}

/** Nothing of a group of tasks in a queue is started before; the record ends by itself. */
export interface GroupControl {
  readonly type: 'group'
  readonly group: string
  readonly heldUntil: number
}

/** What a worker is told from elsewhere. */
export type WorkerOrder =
  | { readonly order: 'pause' | 'resume' }
  | { readonly order: 'stop'; readonly wait: boolean }
  | { readonly order: 'concurrency'; readonly concurrency: number }

/** An order on its way. */
export type WorkerCommand = { readonly type: 'command'; readonly workerId: string } & WorkerOrder

/** What is read once a second, by each process that works. */
export type Control = QueueControl | GroupControl | WorkerCommand

/** Key of what holds for a queue; its scope is the queue. */
export const QUEUE_KEY = ''

/** Key of what holds for a group; its scope is the queue. */
export function groupKey(group: string): string {
  return `group ${group}`
}

export const controlKind: SharedKind<Control> = { name: 'control', parse: controlOf }

function controlOf(value: unknown): Control | undefined {
  const stored = new StoredValue(value)
  switch (stored.text('type')) {
    case 'queue':
      return queueControlOf(stored)
    case 'group':
      return groupControlOf(stored)
    case 'command':
      return commandOf(stored)
    default:
      return undefined
  }
}

function queueControlOf(stored: StoredValue): QueueControl {
  const limit = stored.value('rateLimit')
  const [tasks, perMs, burst] = [limit.number('tasks'), limit.number('perMs'), limit.number('burst')]
  return {
    type: 'queue',
    pausedAt: stored.number('pausedAt'),
    heldUntil: stored.number('heldUntil'),
    concurrency: stored.number('concurrency'),
    rateLimit:
      tasks === undefined || perMs === undefined || burst === undefined ? undefined : { tasks, perMs, burst },
  }
}

function groupControlOf(stored: StoredValue): GroupControl | undefined {
  const [group, heldUntil] = [stored.text('group'), stored.number('heldUntil')]
  return group === undefined || heldUntil === undefined ? undefined : { type: 'group', group, heldUntil }
}

function commandOf(stored: StoredValue): WorkerCommand | undefined {
  const workerId = stored.text('workerId')
  if (workerId === undefined) return undefined
  const of = { type: 'command', workerId } as const
  const concurrency = stored.number('concurrency')
  switch (stored.text('order')) {
    case 'pause':
      return { ...of, order: 'pause' }
    case 'resume':
      return { ...of, order: 'resume' }
    case 'stop':
      return { ...of, order: 'stop', wait: stored.flag('wait') ?? true }
    case 'concurrency':
      return concurrency === undefined ? undefined : { ...of, order: 'concurrency', concurrency }
    default:
      return undefined
  }
}
