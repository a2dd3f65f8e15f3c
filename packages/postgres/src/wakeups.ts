import { type Clock, sleep, type TimerHandle } from '@tasq/core/driver'
import type { PostgresPoolClient } from './clients.ts'
import { channelsOf } from './names.ts'

/** The connection stays for a while after the last one who wanted it: a worker that is busy on and off needs it again at once. */
const LINGER_MS = 30_000
/** So often a connection on which nothing comes is asked whether it still lives, and this long it may take to answer. */
const HEARTBEAT_MS = 30_000
const ANSWER_MS = 10_000
const FIRST_PAUSE_MS = 100
/** After so many failures in a row, a few seconds, it says that it does not listen. */
const FAILURES_TO_TELL = 5
const LONGEST_PAUSE_MS = 10_000

export interface ListenerParts {
  readonly clock: Clock
  readonly schema: string
  /** Whether it listens at all. */
  readonly isOn: boolean
  /** A connection for this alone. */
  readonly connect: () => Promise<PostgresPoolClient>
  /** Whether a notification comes from this process, which has told itself already. */
  readonly isOwn: (serverProcess: unknown) => boolean
  readonly onReady: (queue: string) => void
  readonly onFinished: (hint: string) => void
  /** It has begun to listen: what was told before was missed. */
  readonly onListening: () => void
}

/**
 * Hears what other processes tell, on one connection of its own, only while somebody waits. It connects again by itself, with growing
 * pauses, and says so: whoever waits then looks for itself.
 */
export class Listener {
  readonly #parts: ListenerParts
  #wanted = 0
  #isClosed = false
  #linger: TimerHandle | undefined
  /** Ends the connection, and what makes it. */
  #running: AbortController | undefined

  constructor(parts: ListenerParts) {
    this.#parts = parts
  }

  /** It may listen, again too. */
  open(): void {
    this.#isClosed = false
  }

  /** Listens until the function that it gives is called. */
  want(): () => void {
    if (!this.#parts.isOn || this.#isClosed) return () => {}
    this.#wanted++
    this.#stopLingering()
    if (this.#running === undefined) {
      this.#running = new AbortController()
      void this.#keepListening(this.#running.signal)
    }
    let isWanted = true
    return () => {
      if (!isWanted) return
      isWanted = false
      this.#wanted--
      if (this.#wanted === 0 && !this.#isClosed) {
        this.#linger = this.#parts.clock.setTimeout(() => this.#stop(), LINGER_MS)
      }
    }
  }

  /** A call that is still under way may want to wait afterwards: nothing listens for it any more. */
  close(): void {
    this.#isClosed = true
    this.#stop()
  }

  #stop(): void {
    this.#stopLingering()
    this.#running?.abort()
    this.#running = undefined
  }

  #stopLingering(): void {
    if (this.#linger !== undefined) this.#parts.clock.clearTimeout(this.#linger)
    this.#linger = undefined
  }

  async #keepListening(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const client = await this.#parts.connect()
        await this.#listen(client, signal)
        failures = 0
      } catch (error) {
        // Polls go on meanwhile.
        if (failures === FAILURES_TO_TELL) warn(error)
      }
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
      await sleep(this.#parts.clock, pause * (0.5 + Math.random() / 2), signal)
    }
  }

  /** Resolves when the connection is over. */
  async #listen(client: PostgresPoolClient, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const end = () => over.abort()
    const hear = (notification: unknown) => this.#hear(notification)
    client.on('notification', hear)
    client.on('error', end)
    client.on('end', end)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    try {
      if (await this.#isListening(client)) this.#parts.onListening()
      else end()
      while (!over.signal.aborted) {
        await sleep(this.#parts.clock, HEARTBEAT_MS, over.signal)
        if (!over.signal.aborted && !(await this.#isListening(client))) end()
      }
    } finally {
      signal.removeEventListener('abort', end)
      client.removeListener('notification', hear)
      client.release(true)
    }
  }

  /** Begins to listen, or does so again, which changes nothing: the answer is what counts. */
  async #isListening(client: PostgresPoolClient): Promise<boolean> {
    const { ready, finished } = channelsOf(this.#parts.schema)
    const late = new AbortController()
    const tooLate = sleep(this.#parts.clock, ANSWER_MS, late.signal).then(() => false)
    const answer = client.query({ text: `LISTEN "${ready}"; LISTEN "${finished}"` }).then(
      () => true,
      () => false,
    )
    try {
      return await Promise.race([answer, tooLate])
    } finally {
      late.abort()
    }
  }

  #hear(notification: unknown): void {
    if (typeof notification !== 'object' || notification === null || !('channel' in notification)) return
    const { schema, isOwn, onReady, onFinished } = this.#parts
    if ('processId' in notification && isOwn(notification.processId)) return
    const payload = 'payload' in notification ? String(notification.payload) : ''
    if (notification.channel === channelsOf(schema).ready) onReady(payload)
    else onFinished(payload)
  }
}

/** Nobody waits for the connection that listens, so nobody would hear of its error. */
function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  process.emitWarning(
    `Nothing listens for notifications, so work is found by polls only: ${reason}`,
    'TasqWarning',
  )
}
