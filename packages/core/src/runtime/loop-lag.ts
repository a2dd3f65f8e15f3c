import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How exact the lag is: its timer fires so often, and keeps no process alive. */
const RESOLUTION_MS = 50
/** A spike is told for at least so long, so that whoever looks now and then hears of it. */
const WINDOW_MS = 15_000
const NS_PER_MS = 1e6

/** How late the event loop of this process is: its longest delay of the last 15 to 30 s. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #windowStart = performance.now()
  #previousMs = 0

  constructor() {
    this.#histogram.enable()
  }

  get ms(): number {
    const now = performance.now()
    const currentMs = Math.max(0, this.#histogram.max / NS_PER_MS - RESOLUTION_MS)
    const lagMs = Math.max(currentMs, this.#previousMs)
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#previousMs = currentMs
      this.#windowStart = now
      this.#histogram.reset()
    }
    return lagMs
  }
}

let shared: LoopLag | undefined

/** The one of this process, measured from when it is first asked for. */
export function loopLag(): LoopLag {
  shared ??= new LoopLag()
  return shared
}
