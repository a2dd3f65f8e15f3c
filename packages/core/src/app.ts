import type { CodecRegistry } from './codec/codec-registry.ts'
import type { Driver } from './contract/driver.ts'
import type { ControlLine } from './coordination/control-line.ts'
import type { EventEmitter } from './events/event-emitter.ts'
import type { Middleware } from './middleware/middleware.ts'
import type { Redaction } from './redaction/redaction.ts'
import type { Clock } from './runtime/clock.ts'
import type { ScheduleUpkeep } from './schedule/declared-schedules.ts'
import type { KeptTasks } from './task/retention-options.ts'
import type { TaskOptions } from './task/task-options.ts'
import type { TaskRegistry } from './task/task-registry.ts'

/** What the client and the workers of one app share. */
export interface App {
  readonly driver: Driver
  /** Opens the driver once; a failed attempt is made again by the next caller. */
  readonly ready: () => Promise<void>
  readonly registry: TaskRegistry
  /** Options of every task, behind those of its definition. */
  readonly defaults: TaskOptions
  /** What is kept of tasks that are over, where the app says so. */
  readonly kept?: KeptTasks | undefined
  readonly codecs: CodecRegistry
  /** The most that the app lets a payload or result take, where it says so. */
  readonly maxPayloadBytes?: number | undefined
  readonly events: EventEmitter
  readonly middleware: readonly Middleware[]
  /** Hides parts of tasks where they are shown; absent where nothing is hidden. */
  readonly redaction?: Redaction | undefined
  /** How its workers hear of pauses, limits and orders. */
  readonly control: ControlLine
  readonly clock: Clock
  /** Random number in [0, 1). */
  readonly random: () => number
  /** Names this app's process in tokens and receipts; unique. */
  readonly processName: string
  /** What its workers fire; absent where the driver has no shared records. */
  readonly schedules?: ScheduleUpkeep | undefined
}
