import { fileURLToPath } from 'node:url'
import { finishNode, type Program, startNode } from '@tasq/test-support'

/** The built command, as npm links it. */
export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))

/** Starts `tasq` in a process of its own; it is killed with the test. */
export function start(folder: string, ...argv: readonly string[]): Program {
  return startNode([BIN, ...argv], { cwd: folder })
}

/** Runs `tasq` to its end in a process of its own. */
export function finish(folder: string, ...argv: readonly string[]): ReturnType<typeof finishNode> {
  return finishNode([BIN, ...argv], { cwd: folder })
}
