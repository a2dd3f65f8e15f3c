import type { TaskDefinition } from '../task/define-task.ts'

/** What a definition's `enqueue` takes. */
export type InputOf<Task> = Task extends TaskDefinition<string, infer Input> ? Input : never
/** What a definition's handler gives. */
export type ResultOf<Task> =
  Task extends TaskDefinition<string, infer _, infer __, infer Result> ? Result : never

/** The names that an app knows; any, where it knows none by type. */
export type TaskName<Tasks extends readonly TaskDefinition[]> = Tasks[number]['name']
/** A definition itself, or the one that an app knows by this name. */
export type Named<Tasks extends readonly TaskDefinition[], Task> = Task extends string
  ? Extract<Tasks[number], { readonly name: Task }>
  : Task
