import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InvalidOptionError } from '../errors.ts'
import { executionOf, type HandlerOptions, type TaskExecution } from '../execution/handler-module.ts'
import { handlerFrom } from '../execution/load-handler.ts'
import { checkSensitive, type SensitiveOptions } from '../redaction/sensitive.ts'
import type { TaskContext } from './context.ts'
import { type ErasedHooks, hooksOf, type TaskHooks } from './hooks.ts'
import { checkName } from './names.ts'
import { refuseUnknownOfDeclaration } from './option-names.ts'
import type { Discard, Snooze } from './outcomes.ts'
import { resolveTaskOptions, type TaskOptions } from './task-options.ts'

/** What a handler may give back: a value, or `snooze(…)` or `discard(…)`. */
export type HandlerReturn<Result> = Result | Snooze | Discard

/** Runs one task. `input` is what the definition's schema makes of the payload. */
export type Handler<Payload, Returned> = (input: Payload, context: TaskContext) => Returned

/** A handler whose types are kept by its definition. */
export type ErasedHandler = (input: never, context: TaskContext) => unknown

/**
 * A declared task: its name, schemas and options, and its handler where it has one. Without a handler it
 * is inert: a producer imports it without the handler's dependencies.
 *
 * Type parameters: its name; what `enqueue` takes; what the handler receives; what `handle.result()` gives.
 */
export interface TaskDefinition<
  Name extends string = string,
  Input = unknown,
  Payload = unknown,
  Result = unknown,
  Returned = unknown,
> {
  readonly name: Name
  readonly options: TaskOptions
  readonly input: StandardSchemaV1 | undefined
  readonly output: StandardSchemaV1 | undefined
  readonly run: ErasedHandler | undefined
  /** What hears what its tasks came to; absent where nothing does. */
  readonly hooks?: ErasedHooks | undefined
  /** Paths of what nobody is shown; absent where all may be seen. */
  readonly sensitive?: readonly string[] | undefined
  /** Where its handler is and runs; absent where nothing was said of it. */
  readonly execution?: TaskExecution | undefined
  /** The same definition with a handler: for workers, where producer and handler live apart. */
  handle<Actual extends Returned>(
    run: Handler<Payload, Actual>,
  ): TaskDefinition<Name, Input, Payload, unknown extends Result ? ResultOf<Actual> : Result, Actual>
  /** Carries types only; does not exist at run time. */
  readonly '~types'?: { readonly input: Input; readonly payload: Payload; readonly result: Result }
}

/** What is declared of a task: its name, its schemas, its handler, and any of the task options. */
export interface TaskDeclaration<
  Name extends string,
  In extends StandardSchemaV1 | undefined,
  Out extends StandardSchemaV1 | undefined,
  Input,
  Returned,
> extends TaskOptions,
    HandlerOptions,
    SensitiveOptions,
    TaskHooks<NoInfer<HandlerInput<In, Input>>, NoInfer<TaskResult<Out, Returned>>> {
  /** Unique in the app; stored with every task, so renaming it orphans those that wait. */
  readonly name: Name
  /** Checks the input: on enqueue, and again before the handler, because payloads outlive deploys. @default no check */
  readonly input?: In
  /** Checks what the handler returns. @default no check */
  readonly output?: Out
  /** Does the work. @default none: the definition is inert until `handle` gives it one */
  readonly run?: Handler<HandlerInput<In, Input>, HandlerOutput<Out, Returned>>
}

type Awaitable<Value> = Value | Promise<Value>

/** What remains of a handler's return type once promises, `snooze` and `discard` are taken away. */
type ResultOf<Returned> = Exclude<Awaited<Returned>, Snooze | Discard>

type HandlerInput<In, Input> = In extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<In> : Input
type EnqueueInput<In, Input> = In extends StandardSchemaV1 ? StandardSchemaV1.InferInput<In> : Input
type HandlerOutput<Out, Returned> = Out extends StandardSchemaV1
  ? Awaitable<HandlerReturn<StandardSchemaV1.InferInput<Out>>>
  : Returned
type TaskResult<Out, Returned> = Out extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Out>
  : ResultOf<Returned>

/**
 * Declares a task. Schemas are Standard Schemas (zod, valibot, arktype, …); without them, the types come from
 * the handler, or from `typed<…>()` in their place.
 *
 * @throws InvalidOptionError for an impossible name or option.
 * @example
 * export const resizeImage = defineTask({
 *   name: 'image.resize',
 *   queue: 'images',
 *   input: z.object({ path: z.string(), width: z.number().int() }),
 *   retry: { maxAttempts: 5, delay: '30s' },
 *   run: async ({ path, width }, { signal }) => resize(path, width, signal),
 * })
 */
export function defineTask<
  const Name extends string,
  In extends StandardSchemaV1 | undefined = undefined,
  Out extends StandardSchemaV1 | undefined = undefined,
  Input = void,
  Returned = unknown,
>(
  declaration: TaskDeclaration<Name, In, Out, Input, Returned>,
): TaskDefinition<
  Name,
  EnqueueInput<In, Input>,
  HandlerInput<In, Input>,
  TaskResult<Out, Returned>,
  HandlerOutput<Out, Returned>
> {
  refuseUnknownOfDeclaration(declaration)
  const { name, input, output, run, onSuccess, onFailure, onRetry, onDead, ...others } = declaration
  const { execution: mode, module, export: exportName, sensitive: paths, ...options } = others
  const hooks = hooksOf({ onSuccess, onFailure, onRetry, onDead })
  const execution = executionOf({ execution: mode, module, export: exportName })
  checkName('name', name)
  checkSchema('input', input)
  checkSchema('output', output)
  if (run !== undefined && typeof run !== 'function') throw new InvalidOptionError('run', run, 'a function')
  resolveTaskOptions([options])
  const sensitive = checkSensitive(paths)
  const handler = run ?? (execution?.module === undefined ? undefined : handlerFrom(execution.module, name))
  return makeDefinition({ name, options, input, output, run: handler, hooks, execution, sensitive })
}

function makeDefinition<Name extends string, Input, Payload, Result, Returned>(
  parts: Omit<TaskDefinition<Name>, 'handle' | '~types'>,
): TaskDefinition<Name, Input, Payload, Result, Returned> {
  return { ...parts, handle: (run) => makeDefinition({ ...parts, run }) }
}

function checkSchema(option: string, schema: unknown): void {
  if (schema === undefined) return
  const known =
    (typeof schema === 'object' || typeof schema === 'function') && schema !== null && '~standard' in schema
  if (!known)
    throw new InvalidOptionError(option, schema, 'a Standard Schema, such as one of zod, valibot or arktype')
}
