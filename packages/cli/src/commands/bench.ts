import { randomBytes } from 'node:crypto'
import type { Driver } from '@tasq/core'
import { type Command, Option } from 'commander'
import { type Figures, measure } from '../bench/measure.ts'
import { type BenchPlan, concurrencies, isTooMuch, payloadSize, taskCount, totalOf } from '../bench/plan.ts'
import { Progress } from '../bench/progress.ts'
import { type AppFlags, addBackendOptions, openApp } from '../config/app.ts'
import type { CommandContext } from '../context.ts'
import { BenchError, UsageError } from '../errors.ts'
import { count } from '../output/format.ts'
import { print } from '../output/print.ts'
import type { Column } from '../output/table.ts'
import type { Terminal } from '../output/terminal.ts'

interface BenchFlags extends AppFlags {
  readonly count: number
  readonly concurrency: readonly number[]
  readonly payloadBytes: number
  readonly json?: boolean
}

/** `tasq bench`: a quick figure for one's own backend. */
export function addBenchCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('bench')
    .description('measure the backend: how many tasks a second, and how long one waits')
    .addOption(new Option('--count <n>', 'tasks of each drain').argParser(taskCount).default(2_000))
    .addOption(
      new Option('--concurrency <list>', 'a drain for each of these, separated by commas')
        .argParser(concurrencies)
        .default([10, 100], '10,100'),
    )
    .addOption(
      new Option('--payload-bytes <n>', 'size of the input of a task').argParser(payloadSize).default(100),
    )
    .option('--json', 'print the figures as JSON')
  addBackendOptions(command).action(async (flags: BenchFlags) => {
    const plan = planOf(flags)
    await using app = await openApp(flags, context)
    const { driver } = app
    const queue = `tasq-bench-${randomBytes(5).toString('hex')}`
    context.terminal.err(announcement(driver, queue, plan))
    const figures = await untilInterrupted(context.terminal, async (signal) => {
      using progress = new Progress(context.terminal)
      return await measure({ driver, queue, plan, signal, onPhase: (...phase) => progress.phase(...phase) })
    })
    const result = { driver: driver.name, queue, payloadBytes: plan.payloadBytes, ...figures }
    const { table } = await import('../output/table.ts')
    print(context.terminal, flags, result, () => [
      ...table(rowsOf(figures), COLUMNS, context.terminal),
      `Each of ${count(figures.ranOnce)} tasks ran exactly once.`,
    ])
  })
}

function planOf({ count, concurrency, payloadBytes }: BenchFlags): BenchPlan {
  const plan = { count, concurrencies: concurrency, payloadBytes }
  if (!isTooMuch(plan)) return plan
  throw new UsageError(
    `--count ${count} and --payload-bytes ${payloadBytes} together are more than 512 MiB.`,
    'Use fewer or smaller ones.',
  )
}

/** What it does to a backend that others may use too. */
function announcement({ name, inspection }: Driver, queue: string, plan: BenchPlan): string {
  const stays =
    inspection === undefined
      ? 'The tasks are taken away at the end; the queue itself, which is empty then, stays there.'
      : 'They are taken away at the end.'
  const size = `about ${count(plan.payloadBytes)} bytes`
  return `Writes ${count(totalOf(plan))} tasks of ${size} to a queue of its own, ${queue}, of ${name}. ${stays}`
}

const COLUMNS: readonly Column<readonly string[]>[] = [
  { title: 'measured', value: ([name = '']) => name, shrinks: true },
  { title: 'in one process', value: ([, value = '']) => value, align: 'right' },
]

function rowsOf({ enqueue, drain, latency }: Figures): readonly (readonly string[])[] {
  const ms = (value: number) => `${value.toFixed(1)} ms`
  return [
    ['enqueue', `${count(enqueue.perSecond)} tasks/s`],
    ...drain.map((speed) => [`drain, concurrency ${speed.concurrency}`, `${count(speed.perSecond)} tasks/s`]),
    ['wait of a single task, p50', ms(latency.p50Ms)],
    ['wait of a single task, p95', ms(latency.p95Ms)],
  ]
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** The first signal ends the work in order; the second one is what it is without this. */
async function untilInterrupted<Result>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const stop = () => {
    forget()
    terminal.err('Interrupted: takes its tasks away; a second signal leaves them there.')
    controller.abort(new BenchError('It was interrupted.', 'Nothing is left of it; start it again.'))
  }
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  try {
    return await work(controller.signal)
  } catch (error) {
    throw controller.signal.aborted && isAbort(error) ? controller.signal.reason : error
  } finally {
    forget()
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
