import { InvalidOptionError } from '../errors.ts'

/** Where a handler runs: in the event loop of its worker, in a thread, or in a process of its own. */
export type Execution = 'inline' | 'thread' | 'process'

/** Where it runs if not here. */
export type ChildKind = Exclude<Execution, 'inline'>

/** @throws InvalidOptionError */
export function checkExecution(option: string, value: unknown): Execution {
  if (value === 'inline' || value === 'thread' || value === 'process') return value
  throw new InvalidOptionError(option, value, "'inline', 'thread' or 'process'")
}
