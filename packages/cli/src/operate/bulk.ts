import { type Command, Option } from 'commander'
import { InterruptedError } from '../errors.ts'
import { confirm } from '../output/confirm.ts'
import { count } from '../output/format.ts'
import { print } from '../output/print.ts'
import type { Terminal } from '../output/terminal.ts'
import type { OperatorFlags } from './operation.ts'

/** What is asked of a change of many things. */
export interface BulkFlags extends OperatorFlags {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** What came of it. */
export interface BulkResult extends Readonly<Record<string, unknown>> {
  /** How many were changed. */
  readonly done: number
  /** How many were dealt with, whatever became of them. @default done */
  readonly taken?: number
  /** What else is to be said. */
  readonly remark?: string | undefined
}

/** A change of many things. */
export interface Bulk {
  /** `delete`, and `deleted`. */
  readonly verb: string
  readonly done: string
  /** `ready tasks of queue mail`; of a single one, `ready task of queue mail`. */
  readonly what: (isOne: boolean) => string
  /** How many there are; `undefined`: the backend can't tell. */
  readonly all: number | undefined
  readonly run: (steps: {
    readonly onStep: (done: number) => void
    readonly signal: AbortSignal
  }) => Promise<BulkResult>
}

export function addConfirmation(command: Command): Command {
  return command
    .addOption(new Option('--dry-run', 'say how many there are, and change nothing'))
    .addOption(new Option('--yes', 'do it without asking'))
}

/**
 * Says how many there are, asks, and goes on in steps; Ctrl-C ends it between two of them.
 * @throws InterruptedError which says how far it got.
 */
export async function bulk(terminal: Terminal, flags: BulkFlags, change: Bulk): Promise<void> {
  const { verb, all, done: changed } = change
  const what = change.what(all === 1)
  if (flags.dryRun === true) {
    print(terminal, flags, { matching: all, done: 0, dryRun: true }, () => [`${numberOf(all)} ${what}`])
    return
  }
  if (all === 0) {
    print(terminal, flags, { matching: 0, done: 0 }, () => [`There are no ${what}.`])
    return
  }
  if (!(await confirm(terminal, flags, `${verb} ${numberOf(all)} ${what}`))) return
  const { done, remark, taken: _, ...more } = await inSteps(terminal, change)
  print(terminal, flags, { matching: all, done, ...more }, () => [
    `${count(done)} ${changed}${remark === undefined ? '' : `; ${remark}`}`,
  ])
}

async function inSteps(terminal: Terminal, { all, done: changed, run }: Bulk): Promise<BulkResult> {
  const controller = new AbortController()
  const { signal } = controller
  const stop = () => {
    controller.abort()
    terminal.err('Stopping after this step …')
  }
  const farAs = (done: number) => `${count(done)} of ${numberOf(all)} ${changed}`
  const onStep = (done: number) => terminal.live?.show(farAs(done))
  process.once('SIGINT', stop) // a second one ends the process
  try {
    const result = await run({ onStep, signal })
    terminal.live?.clear()
    if (signal.aborted && (all === undefined || (result.taken ?? result.done) < all))
      throw new InterruptedError(farAs(result.taken ?? result.done))
    return result
  } finally {
    process.off('SIGINT', stop)
  }
}

function numberOf(all: number | undefined): string {
  return all === undefined ? 'all' : count(all)
}
