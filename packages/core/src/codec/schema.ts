import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type InputIssue, InvalidInputError } from '../errors.ts'

/**
 * Checks a value against a Standard Schema (zod, valibot, arktype, …) and gives what the schema makes of it;
 * a promise only where the schema is asynchronous.
 * @throws InvalidInputError with the schema's issues.
 */
export function validate(
  schema: StandardSchemaV1 | undefined,
  value: unknown,
  task: string,
  what: 'input' | 'result',
): unknown {
  if (schema === undefined) return value
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) return result.then((settled) => accept(settled, task, what))
  return accept(result, task, what)
}

function accept(result: StandardSchemaV1.Result<unknown>, task: string, what: 'input' | 'result'): unknown {
  if (result.issues === undefined) return result.value
  throw new InvalidInputError(task, what, result.issues.map(toIssue))
}

function toIssue(issue: StandardSchemaV1.Issue): InputIssue {
  // Not `map`: a library's own kind of array need not survive it.
  const path = Array.from(issue.path ?? [], (segment) =>
    typeof segment === 'object' ? segment.key : segment,
  )
  return { message: issue.message, path }
}
