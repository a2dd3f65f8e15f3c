import { validate } from '../codec/schema.ts'
import { InvalidOptionError } from '../errors.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import { type ResolvedSchedule, resolveSchedule, type ScheduleOptions } from './schedule-options.ts'

/** The input of a task: needed where the task needs one. */
export type InputField<Input> = undefined extends Input
  ? { readonly input?: Input }
  : unknown extends Input
    ? { readonly input?: Input }
    : { readonly input: Input }

/** A schedule that an app declares, checked; made by `defineSchedule`. */
export interface ScheduleDeclaration extends ResolvedSchedule {
  readonly task: TaskDefinition
  readonly input: unknown
}

/**
 * Declares a schedule in code, for `createTasq({ schedules })`: a worker of the app writes it when it starts.
 *
 * @throws InvalidOptionError for an impossible option, a pattern that never fires, an unknown time zone.
 * @throws InvalidInputError where the input does not satisfy the schema of the task.
 * @example
 * const nightly = defineSchedule({ id: 'nightly-report', task: report, input: { days: 1 }, cron: '0 3 * * *', timezone: 'Europe/Berlin' })
 * const tasq = createTasq({ driver, tasks: [report], schedules: [nightly] })
 */
export function defineSchedule<Input>(
  schedule: ScheduleOptions & { readonly task: TaskDefinition<string, Input> } & NoInfer<InputField<Input>>,
): ScheduleDeclaration {
  const { task, input, ...options } = schedule
  if (typeof task !== 'object' || task === null || typeof task.name !== 'string') {
    throw new InvalidOptionError('task', task, 'a definition, made by defineTask')
  }
  const resolved = resolveSchedule(options as ScheduleOptions)
  const checked = validate(task.input, input, task.name, 'input')
  // Where the schema is asynchronous, the worker that writes the schedule tells of what is wrong.
  if (checked instanceof Promise) checked.catch(() => undefined)
  return { ...resolved, task: task as TaskDefinition, input }
}
