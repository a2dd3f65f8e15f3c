import type { DeadLetterSelection, DeadReason } from '@tasq/core'
import { type Command, Option } from 'commander'
import type { OperatorFlags } from './operation.ts'

/** Which dead letters are meant. */
export interface LetterFlags extends OperatorFlags {
  readonly task?: string
  readonly reason?: DeadReason
}

const REASONS: readonly DeadReason[] = [
  'exhausted',
  'permanent',
  'expired',
  'undecodable',
  'invalid',
  'unknown-task',
  'lost',
]

export function addLetterFilters(command: Command): Command {
  return command
    .addOption(new Option('--task <name>', 'only those of this definition'))
    .addOption(new Option('--reason <reason>', 'only those that died for this').choices(REASONS))
}

export function selectionOf({ task, reason }: LetterFlags): DeadLetterSelection {
  return { task, reason }
}
