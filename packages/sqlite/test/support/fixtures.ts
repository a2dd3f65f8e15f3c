import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, type StartOptions, startNode, temporaryFolder } from '@tasq/test-support'

/** Runs a program of `fixtures/` in a process of its own, against the built packages. */
export function run(fixture: string, parameters: readonly string[], options?: StartOptions): Program {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url))
  return startNode(['--no-warnings', path, ...parameters], options)
}

/** Where a database may be made; gone with the running test. */
export function temporaryFile(): string {
  return join(temporaryFolder(), 'tasq.db')
}
