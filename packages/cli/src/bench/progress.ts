import { count } from '../output/format.ts'
import type { Terminal } from '../output/terminal.ts'

const EVERY_MS = 200

/** Shows how far a measurement is, where there is a terminal. */
export class Progress {
  readonly #terminal: Terminal
  readonly #timer: NodeJS.Timeout | undefined
  #line = () => ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    if (terminal.live !== undefined) this.#timer = setInterval(() => this.#show(), EVERY_MS)
  }

  phase(name: string, all: number, done: () => number): void {
    this.#line = () => `${name}: ${count(done())} of ${count(all)}`
    this.#show()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#terminal.live?.clear()
  }

  #show(): void {
    this.#terminal.live?.show(this.#line())
  }
}
