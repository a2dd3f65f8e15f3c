import { fileURLToPath } from 'node:url'
import { type Program, startNode } from '@tasq/test-support'

/** A program of `programs/`, in a process of its own. */
export function startProgram(name: string, ...parameters: readonly string[]): Program {
  return startNode([fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url)), ...parameters])
}
