import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseOptions, type QuickstartOptions, USAGE } from './options.ts'
import { type Outcomes, startedAgain } from './outcomes/outcomes.ts'
import { progress } from './progress.ts'
import { enqueueFolder, openQueue } from './queue.ts'
import { report } from './report.ts'
import { Workers } from './workers.ts'

const LOOK_EVERY_MS = 100
/** A signal to a whole group of processes comes in once more when npm hands it on: that is no second wish. */
const ECHO_MS = 500
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const options = optionsOf(argv)
  if (options === 'wrong') return 2
  if (options === 'help') {
    console.log(USAGE)
    return 0
  }
  try {
    return await measureFolder(options)
  } catch (error) {
    sayError(error)
    return 1
  }
}

function optionsOf(argv: readonly string[]): QuickstartOptions | 'help' | 'wrong' {
  try {
    return parseOptions(argv, REPOSITORY)
  } catch (error) {
    sayError(error)
    console.error('--help shows all arguments.')
    return 'wrong'
  }
}

function sayError(error: unknown): void {
  console.error(`quick start: ${error instanceof Error ? error.message : String(error)}`)
}

async function measureFolder(options: QuickstartOptions): Promise<number> {
  const { folder, backend } = options
  const interrupt = interruption()
  const queue = openQueue(backend, interrupt)
  const { outcomes } = queue
  await using tasq = queue.tasq
  try {
    await tasq.open() // says at once what is wrong, where enqueueing would wait for a server to come back
  } catch (error) {
    if (!backend.isFound) backend.remove()
    throw error
  }
  backend.remember()
  console.log(`Measuring the files of ${folder}`)
  if (backend.isFound && !outcomes.resumes) {
    console.log(`  An earlier run was interrupted: ${startedAgain(outcomes)}`)
    await outcomes.clear()
  }
  const { files, known, unreadable } = await enqueueFolder(queue, options, interrupt)
  console.log(
    `  ${files} tasks in ${backend.where}${known > 0 ? `, ${known} of them from an earlier run` : ''}`,
  )
  const startedAt = performance.now()
  if (!interrupt.aborted) await work(outcomes, options, interrupt)
  if (interrupt.aborted) {
    console.log(`Interrupted. Start it again, and ${startedAgain(outcomes)}.`)
    return Number(interrupt.reason)
  }
  await report(outcomes, folder, unreadable, performance.now() - startedAt)
  await outcomes.clear()
  await tasq.close()
  backend.remove()
  return 0
}

/** Runs worker processes until no task is left, or until it is interrupted. */
async function work(outcomes: Outcomes, options: QuickstartOptions, interrupt: AbortSignal): Promise<void> {
  const { open, done, failed } = await outcomes.standing()
  const total = open + done + failed
  if (open === 0) return
  const workers = new Workers(options, outcomes, interrupt)
  console.log(
    `  ${options.workers} worker processes (${workers.pids.join(', ')}), ${options.concurrency} files at a time each`,
  )
  try {
    await untilDone(outcomes, total, workers, interrupt)
  } finally {
    await workers.stop()
  }
  for (const end of workers.replaced)
    console.log(`  A worker process ended, with ${end}; another took its place.`)
}

async function untilDone(
  outcomes: Outcomes,
  total: number,
  workers: Workers,
  interrupt: AbortSignal,
): Promise<void> {
  const shown = progress(total)
  try {
    for (;;) {
      const { open, failed } = await outcomes.standing()
      shown.show(total - open, failed)
      if (open === 0 || interrupt.aborted) return
      workers.check()
      await sleep(LOOK_EVERY_MS)
    }
  } finally {
    shown.end()
  }
}

/** Aborts at Ctrl-C or a termination, with the exit code for it; a second one ends the program at once. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  let abortedAt = Number.POSITIVE_INFINITY
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal]
      if (controller.signal.aborted && performance.now() - abortedAt > ECHO_MS) process.exit(exitCode)
      if (!controller.signal.aborted) abortedAt = performance.now()
      controller.abort(exitCode)
    })
  }
  return controller.signal
}
