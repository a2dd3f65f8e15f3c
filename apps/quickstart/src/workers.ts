import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { QuickstartOptions } from './options.ts'
import { type Outcomes, startedAgain } from './outcomes/outcomes.ts'

const LINES_TO_REMEMBER = 20
const MOST_REPLACED = 10

/**
 * Worker processes: the command line's own, with this app's task. One that is killed is replaced, and what it held is taken over
 * once its lease has run out; one that fails by itself would only fail again.
 */
export class Workers {
  /** How those ended that were replaced. */
  readonly replaced: string[] = []
  readonly #options: QuickstartOptions
  readonly #outcomes: Outcomes
  readonly #interrupt: AbortSignal
  readonly #running = new Map<ChildProcess, Promise<void>>()
  #failure: Error | undefined
  #isStopping = false

  constructor(options: QuickstartOptions, outcomes: Outcomes, interrupt: AbortSignal) {
    this.#options = options
    this.#outcomes = outcomes
    this.#interrupt = interrupt
    for (let count = 0; count < options.workers; count++) this.#start()
  }

  get pids(): readonly number[] {
    return [...this.#running.keys()].flatMap(({ pid }) => pid ?? [])
  }

  /** @throws Error with what a worker said last, where it failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Asks them to stop, and waits until they have. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const child of this.#running.keys()) child.kill('SIGTERM')
    await Promise.all(this.#running.values())
  }

  #start(): void {
    const child = startWorker(this.#options, this.#outcomes.handler)
    child.on('message', (message) => this.#outcomes.hear(message))
    const lastWords = rememberLines(child)
    const ended = endOf(child).then((end) => {
      this.#running.delete(child)
      // Ctrl-C at a terminal reaches the workers as well.
      if (!this.#isStopping && !this.#interrupt.aborted) this.#endedByItself(end, lastWords())
    })
    this.#running.set(child, ended)
  }

  #endedByItself(end: End, lastWords: string): void {
    if (end.wasTold && this.replaced.length < MOST_REPLACED) {
      this.replaced.push(end.how)
      this.#start()
      return
    }
    this.#failure ??= new Error(
      `a worker process ended by itself, with ${end.how}:\n${lastWords}\nMend that and start again: ${startedAgain(this.#outcomes)}.`,
    )
  }
}

/** With a channel to this process: should it die, its workers notice and stop. */
function startWorker(
  { backend, concurrency }: QuickstartOptions,
  handler: Outcomes['handler'],
): ChildProcess {
  const tasks = fileURLToPath(new URL(`./${handler}.js`, import.meta.url))
  const flags = { queues: backend.queue, tasks, concurrency, 'shutdown-timeout': '2s' }
  const parameters = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', commandLine(), 'worker', ...backend.flags, ...parameters],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  )
}

function commandLine(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@tasq/cli/package.json')), 'dist', 'bin.js')
}

/** What failing files leave on a worker's standard error is in the summary; only its last words matter here. */
function rememberLines(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk) => {
    text = (text + String(chunk)).split('\n').slice(-LINES_TO_REMEMBER).join('\n')
  })
  return () => text.trim()
}

interface End {
  readonly how: string
  /** By a signal from outside, and not by a failure. */
  readonly wasTold: boolean
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ how: error.message, wasTold: false }))
    child.on('close', (code, signal) =>
      resolve({ how: signal ?? `exit code ${code}`, wasTold: signal !== null || code === 0 }),
    )
  })
}
