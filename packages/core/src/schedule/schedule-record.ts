import type { NewTask } from '../contract/enqueue.ts'
import type { Envelope, TaskPolicy, UniqueKey } from '../contract/envelope.ts'
import type { SharedKind } from '../coordination/shared-state.ts'
import { isHeaders, isPolicy, isRecord } from '../runtime/stored-texts.ts'
import { isCron } from './cron.ts'
import type { Plan } from './plan.ts'
import type { MissedPolicy } from './schedule-options.ts'

/** The tasks of a schedule as they are stored each time, but for their ids: whoever fires it need not know the definition. */
export interface TaskTemplate {
  readonly task: string
  /** The encoded input, in base64. */
  readonly payload: string
  readonly encoding: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly priority: number
  readonly leaseMs: number
  readonly keepResultMs?: number | undefined
  readonly expiresInMs?: number | undefined
  readonly unique?: UniqueKey | undefined
  readonly policy: TaskPolicy
}

/** The last task that came of a schedule. */
export interface RunRecord {
  readonly taskId: string
  readonly cause: RunCause
  readonly scheduledFor: number
  readonly firedAt: number
}

/** Whether it was time, or somebody asked for it. */
export type RunCause = 'tick' | 'trigger'

/** Where a schedule was last set: by the code of an app, or by a call. */
export type ScheduleSource = 'code' | 'call'

/** A schedule as it is stored. Instants are in ms since epoch, by the backend's clock. */
export interface ScheduleRecord {
  readonly formatVersion: 1
  readonly plan: Plan
  readonly missed: MissedPolicy
  readonly task: TaskTemplate
  readonly source: ScheduleSource
  readonly paused: boolean
  /** The tick that is to be fired next; absent: it has ended. */
  readonly nextAt?: number | undefined
  /** How many tasks have come of it. */
  readonly runs: number
  readonly lastRun?: RunRecord | undefined
  /** The queue where it is to be kept from now on: here it fires no more. */
  readonly movingTo?: string | undefined
}

/** Says in a task which schedule it came from. */
export const SCHEDULE_HEADER = 'tasq-schedule'
/** Says in a task which tick it is for, in ISO 8601. */
export const SCHEDULED_FOR_HEADER = 'tasq-scheduled-for'

export const scheduleKind: SharedKind<ScheduleRecord> = { name: 'schedule', parse }

export function templateOf({ envelope, expiresInMs }: NewTask): TaskTemplate {
  const { task, payload, headers, priority, leaseMs, keepResultMs, unique, policy } = envelope
  return {
    task,
    payload: Buffer.from(payload.bytes).toString('base64'),
    encoding: payload.encoding,
    headers,
    priority,
    leaseMs,
    keepResultMs,
    expiresInMs,
    unique,
    policy,
  }
}

/** A task of the schedule. */
export function taskOf(
  template: TaskTemplate,
  {
    queue,
    schedule,
    id,
    scheduledFor,
  }: { queue: string; schedule: string; id: string; scheduledFor: number },
): NewTask {
  const { payload, encoding, expiresInMs, ...rest } = template
  const envelope: Envelope = {
    formatVersion: 1,
    id,
    queue,
    ...rest,
    payload: { bytes: new Uint8Array(Buffer.from(payload, 'base64')), encoding },
    headers: {
      ...template.headers,
      [SCHEDULE_HEADER]: schedule,
      [SCHEDULED_FOR_HEADER]: new Date(scheduledFor).toISOString(),
    },
    keepResultMs: template.keepResultMs,
    unique: template.unique,
  }
  return { envelope, delayMs: undefined, dueAt: undefined, expiresInMs, expiresAt: undefined }
}

/** What somebody with a newer version has written is not understood in part: it is left to those who do. */
function parse(value: unknown): ScheduleRecord | undefined {
  const isWhole =
    isRecord(value) &&
    value.formatVersion === 1 &&
    isRecord(value.plan) &&
    isRecord(value.plan.timing) &&
    isTemplate(value.task) &&
    isMissed(value.missed) &&
    typeof value.paused === 'boolean' &&
    typeof value.runs === 'number' &&
    (value.nextAt === undefined || typeof value.nextAt === 'number')
  if (!isWhole) return undefined
  const record = value as unknown as ScheduleRecord // what was checked is all that may differ: this package has written it
  return canTick(record.plan) ? record : undefined
}

function isTemplate(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.task === 'string' &&
    typeof value.payload === 'string' &&
    typeof value.encoding === 'string' &&
    typeof value.priority === 'number' &&
    typeof value.leaseMs === 'number' &&
    isPolicy(value.policy) &&
    (value.headers === undefined || isHeaders(value.headers))
  )
}

function isMissed(value: unknown): boolean {
  return value === 'skip' || value === 'once' || (isRecord(value) && typeof value.all === 'number')
}

/** A pattern, or a zone, may be unknown to this version, or to this machine. */
function canTick(plan: Plan): boolean {
  const { timing, first } = plan
  if (timing.kind === 'at') return typeof timing.at === 'number'
  if (timing.kind === 'every') return typeof first === 'number' && timing.everyMs > 0
  return timing.kind === 'cron' && isCron(timing.pattern, timing.timezone)
}
