import { reasonOf, type Tasq, withoutSecrets } from '@tasq/core'
import type { Key, Keys } from '../output/keys.ts'
import type { LiveText } from '../output/live-text.ts'
import type { Terminal } from '../output/terminal.ts'
import { RecentFailures } from './failures.ts'
import { frame } from './frame.ts'
import { follow, press, type QueueOrder, type Selection } from './selection.ts'
import { look, type View } from './view.ts'

/** A terminal that can be redrawn and typed at. */
export type LiveTerminal = Terminal & { readonly live: LiveText; readonly keys: Keys }

export interface ScreenOptions {
  readonly tasq: Tasq
  readonly terminal: LiveTerminal
  readonly intervalMs: number
  readonly queues: readonly string[] | undefined
  /** Where failures are heard of. @default that of the app */
  readonly channel?: string | undefined
}

/** Looks at the backend again and again, shows it, and does what keys say, until one says that it is enough. */
export class Screen {
  readonly #options: ScreenOptions
  readonly #failures: RecentFailures
  #view: View | undefined
  #selection: Selection = { queue: undefined }
  #message: string | undefined
  /** Ends the wait for the next look. */
  #wake: () => void = () => undefined

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#failures = new RecentFailures(options.tasq)
  }

  /** @throws StoreError where the backend can't be reached at the start; later that is only shown. */
  async run(): Promise<void> {
    const { terminal, queues, channel, tasq } = this.#options
    await this.#failures.listen({ queues, channel }, () => this.#draw())
    this.#see(await look(tasq, this.#failures, queues))
    const forgetKeys = terminal.keys((key) => this.#press(key))
    const end = () => this.#press('end')
    for (const signal of SIGNALS) process.on(signal, end)
    try {
      while (this.#selection.isOver !== true) await this.#waitAndLook()
    } finally {
      forgetKeys()
      for (const signal of SIGNALS) process.off(signal, end)
      terminal.live.done()
      await this.#failures.stop()
    }
  }

  async #waitAndLook(): Promise<void> {
    this.#draw()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, this.#options.intervalMs)
    this.#wake = resolve
    await promise
    clearTimeout(timer)
    if (this.#selection.isOver === true) return
    try {
      this.#see(await look(this.#options.tasq, this.#failures, this.#options.queues))
      if (this.#message?.startsWith(AWAY)) this.#message = undefined
    } catch (error) {
      this.#message = `${AWAY}${reasonOf(error)}`
    }
  }

  #see(view: View): void {
    this.#view = view
    this.#selection = follow(this.#selection, view.queues)
  }

  #press(key: Key): void {
    const { selection, order } = press(this.#selection, key, this.#view?.queues ?? [])
    this.#selection = selection
    if (selection.isOver === true) this.#wake()
    if (order !== undefined) void this.#carryOut(order)
    this.#draw()
  }

  async #carryOut({ kind, queue }: QueueOrder): Promise<void> {
    const handle = this.#options.tasq.queue(queue)
    try {
      await (kind === 'pause' ? handle.pause() : handle.resume())
      this.#message = `${queue} is ${kind}d`
    } catch (error) {
      this.#message = `${queue} is not ${kind}d: ${reasonOf(error)}`
    }
    this.#wake()
  }

  #draw(): void {
    const { terminal } = this.#options
    if (this.#view === undefined) return
    const { rows } = terminal
    const message = this.#message === undefined ? undefined : withoutSecrets(this.#message)
    const state = { selection: this.#selection, message }
    // The cursor stands in the last line.
    const view = { ...this.#view, failures: this.#failures.latest }
    const shown = frame(view, terminal, state).slice(0, rows === undefined ? undefined : rows - 1)
    terminal.live.show(shown.join('\n'))
  }
}

const AWAY = 'no answer: '
const SIGNALS = ['SIGINT', 'SIGTERM'] as const
