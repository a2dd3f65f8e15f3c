import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type InputIssue, InvalidInputError } from '../errors.ts'
import { hideValues } from '../redaction/sensitive.ts'

/**
 * Checks a value against a Standard Schema (zod, valibot, arktype, …) and gives what the schema makes of it;
 * a promise only where the schema is asynchronous.
 * @param sensitive paths of what must not stand in an error.
 * @throws InvalidInputError with the schema's issues.
 */
export function validate(
  schema: StandardSchemaV1 | undefined,
  value: unknown,
  task: string,
  what: 'input' | 'result',
  sensitive?: readonly string[] | undefined,
): unknown {
  if (schema === undefined) return value
  const accept = (result: StandardSchemaV1.Result<unknown>): unknown => {
    if (result.issues === undefined) return result.value
    const issues = result.issues.map(toIssue)
    throw new InvalidInputError(
      task,
      what,
      sensitive === undefined ? issues : withoutValues(issues, value, sensitive),
    )
  }
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(accept) : accept(result)
}

/** Some schemas show what they refuse. */
function withoutValues(
  issues: readonly InputIssue[],
  value: unknown,
  sensitive: readonly string[],
): readonly InputIssue[] {
  return issues.map(({ message, path }) => ({ message: hideValues(message, value, sensitive), path }))
}

function toIssue(issue: StandardSchemaV1.Issue): InputIssue {
  // Not `map`: a library's own kind of array need not survive it.
  const path = Array.from(issue.path ?? [], (segment) =>
    typeof segment === 'object' ? segment.key : segment,
  )
  return { message: issue.message, path }
}
