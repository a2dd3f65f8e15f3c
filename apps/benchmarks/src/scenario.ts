/** What one run measured. */
export interface Figure {
  /** The unit is part of the scenario's description. */
  readonly value: number
  /** CPU of the process per task or per second, where that says something. */
  readonly cpuUsPerTask?: number
}

export interface Scenario {
  readonly name: string
  readonly unit: string
  /** What the figure should at least, or at most, be; `undefined` for those that only calibrate. */
  readonly target?: { readonly least?: number; readonly most?: number }
  /** Which scenario is the limit of this one on the same machine. */
  readonly limit?: string
  /** Measured after a first run in the same process, as of one that has been at work for a while. */
  readonly isWarm: boolean
  run(tasks: number): Promise<Figure>
}

export interface Payload {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly format: string
  readonly owner: string
}

/** About 100 bytes. */
export function payloadOf(index: number): Payload {
  return {
    path: `some/folder/of/pictures/${index}.png`,
    width: 800,
    height: 600,
    format: 'image/webp',
    owner: 'somebody@example.org',
  }
}

/** Counts runs, and refuses a figure where a task was not run exactly once. */
export class ExactlyOnce {
  readonly #runs: Uint8Array
  readonly #done = Promise.withResolvers<void>()
  #left: number

  constructor(tasks: number) {
    this.#runs = new Uint8Array(tasks)
    this.#left = tasks
  }

  /** Resolves when as many runs as tasks were counted. */
  get done(): Promise<void> {
    return this.#done.promise
  }

  ran(index: number): void {
    this.#runs[index] = (this.#runs[index] ?? 0) + 1
    if (--this.#left === 0) this.#done.resolve()
  }

  /** @throws Error naming the first task that did not run exactly once. */
  check(): void {
    const wrong = this.#runs.findIndex((runs) => runs !== 1)
    if (wrong >= 0) throw new Error(`task ${wrong} ran ${this.#runs[wrong]} times: no figure`)
  }
}

/** Tasks per second, and the CPU that each took. */
export async function measure(tasks: number, work: () => Promise<void>): Promise<Figure> {
  globalThis.gc?.() // what the preparation has left is not of the work
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { value: tasks / seconds, cpuUsPerTask: (user + system) / tasks }
}
