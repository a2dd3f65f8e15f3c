import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { EnqueueOptions } from './enqueue-options.ts'
import type { TaskOptions } from './task-options.ts'

/** As much of a definition as it takes to enqueue a task of it; every TaskDefinition is one. */
export interface Enqueueable {
  readonly name: string
  readonly options: TaskOptions
  readonly input: StandardSchemaV1 | undefined
  /** Paths of what must not be shown. */
  readonly sensitive?: readonly string[] | undefined
  /** Carries types only; does not exist at run time. */
  readonly '~types'?: { readonly input: unknown; readonly payload: unknown; readonly result: unknown }
}

/** What is to follow: a definition, whose input is then typed, or the name of one that the app knows. */
export type FollowUpTask = Enqueueable | string

/** The input of a follow-up. */
export type FollowUpInput<Task> = Task extends { readonly '~types'?: { readonly input: infer Input } }
  ? Input
  : unknown

/** Input and options of an enqueue; the input may be left out where the definition needs none. */
export type InputArguments<Input, Options> = undefined extends Input
  ? [input?: Input, options?: Options]
  : unknown extends Input
    ? [input?: Input, options?: Options]
    : [input: Input, options?: Options]

/** What may be said of one follow-up: all that an enqueue may, but `tx` and `debounce`. */
export type FollowUpOptions = Omit<EnqueueOptions, 'tx' | 'debounce'>

/** A task that will be stored when the attempt completes. */
export interface FollowUp {
  /** Made from the id of the task that runs and the position among its follow-ups, so a rerun gives the same. */
  readonly id: string
  readonly queue: string
  /** Name of the task definition. */
  readonly task: string
}
