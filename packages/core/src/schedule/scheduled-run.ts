import { SCHEDULE_HEADER, SCHEDULED_FOR_HEADER } from './schedule-record.ts'

/** Which tick of which schedule a task runs for. */
export interface ScheduledRun {
  /** The id of the schedule. */
  readonly schedule: string
  /** The time of the tick, which may be a good while ago; of a run that was triggered, when it was. */
  readonly scheduledFor: Date
}

/**
 * Which tick of which schedule a task runs for; `undefined` where it came of none. It is read from the headers `tasq-schedule` and
 * `tasq-scheduled-for`.
 * @example
 * run: async (input, context) => {
 *   const day = scheduledRun(context)?.scheduledFor ?? context.enqueuedAt
 * }
 */
export function scheduledRun({
  headers,
}: {
  readonly headers: Readonly<Record<string, string>>
}): ScheduledRun | undefined {
  const schedule = headers[SCHEDULE_HEADER]
  const scheduledFor = new Date(headers[SCHEDULED_FOR_HEADER] ?? '')
  if (schedule === undefined || Number.isNaN(scheduledFor.getTime())) return undefined
  return { schedule, scheduledFor }
}
