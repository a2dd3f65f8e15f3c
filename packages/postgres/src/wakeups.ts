import { type Clock, ClosedError, sleep, systemClock, type TimerHandle } from '@tasq/core/driver'
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

/** Channels besides those of the queues. */
export interface EventChannels {
  readonly channels: readonly string[]
  hear(channel: string, payload: string): void
  /** It listens again, after a while in which it did not. */
  missed(): void
  /** Nobody listens any more. */
  clear(): void
}

/** Waits until it listens. */
interface Asker {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface ListenerParts {
  readonly clock: Clock
  readonly schema: string
  /** Whether it listens at all. */
  readonly isOn: boolean
  /** A connection for this alone. */
  readonly connect: () => Promise<PostgresPoolClient>
  /** Whether a notification comes from this process, which has told itself already. */
  readonly isOwn: (serverProcess: unknown) => boolean
  readonly events: EventChannels
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
  readonly #askers = new Set<Asker>()
  /** Whether the channels are others than when it was last told to listen. */
  #isChanged = false
  #wake: (() => void) | undefined

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
    this.#parts.events.clear()
    for (const { reject } of this.#askers) reject(new ClosedError('What listens for notifications'))
    this.#askers.clear()
  }

  /** The channels of events may be others. */
  refresh(): void {
    this.#isChanged = true
    this.#wake?.()
  }

  /**
   * Resolves once it listens on all channels that are wanted by now.
   * @throws ClosedError where it is closed before.
   */
  async listening(): Promise<void> {
    if (this.#isClosed) throw new ClosedError('What listens for notifications')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#askers.add({ resolve, reject })
    this.refresh()
    await promise
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
      let channels: readonly string[] | undefined
      while (!over.signal.aborted) {
        const isFirst = channels === undefined
        const askers = [...this.#askers]
        this.#isChanged = false
        channels = await this.#listenTo(client, channels ?? [])
        if (channels === undefined || over.signal.aborted) break
        if (isFirst) this.#tellListening()
        this.#answer(askers)
        if (!this.#isChanged) await this.#rest(over.signal)
      }
    } finally {
      signal.removeEventListener('abort', end)
      client.removeListener('notification', hear)
      client.release(true)
    }
  }

  #tellListening(): void {
    this.#parts.events.missed()
    this.#parts.onListening()
  }

  #answer(askers: readonly Asker[]): void {
    for (const asker of askers) {
      this.#askers.delete(asker)
      asker.resolve()
    }
  }

  /** Until it is time to ask whether the connection lives, or the channels are others. */
  async #rest(signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const wake = () => over.abort()
    this.#wake = wake
    signal.addEventListener('abort', wake)
    if (signal.aborted) wake()
    await sleep(this.#parts.clock, HEARTBEAT_MS, over.signal)
    signal.removeEventListener('abort', wake)
    if (this.#wake === wake) this.#wake = undefined
  }

  /**
   * Begins to listen, or does so again, which changes nothing: the answer is what counts. Resolves to the channels of events that it
   * listens to then; `undefined` where there is no answer.
   */
  async #listenTo(
    client: PostgresPoolClient,
    before: readonly string[],
  ): Promise<readonly string[] | undefined> {
    const channels = this.#parts.events.channels
    const isAnswered = await this.#isAnswered(client, commandsOf(this.#parts.schema, channels, before))
    return isAnswered ? channels : undefined
  }

  async #isAnswered(client: PostgresPoolClient, text: string): Promise<boolean> {
    const late = new AbortController()
    const tooLate = sleep(this.#parts.clock, ANSWER_MS, late.signal).then(() => false)
    const answer = client.query({ text }).then(
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
    const { schema, events, isOwn, onReady, onFinished } = this.#parts
    const { ready, finished } = channelsOf(schema)
    const channel = String(notification.channel)
    const payload = 'payload' in notification ? String(notification.payload) : ''
    if (channel !== ready && channel !== finished) events.hear(channel, payload)
    else if ('processId' in notification && isOwn(notification.processId)) return
    else if (channel === ready) onReady(payload)
    else onFinished(payload)
  }
}

/**
 * Whether a notification that is sent by another connection arrives on this one, which ends with the try.
 * @param tell sends it on the channel.
 */
export async function hears(
  client: PostgresPoolClient,
  channel: string,
  tell: () => Promise<unknown>,
  ms: number,
): Promise<boolean> {
  const { promise: heard, resolve } = Promise.withResolvers<boolean>()
  const hear = () => resolve(true)
  client.on('notification', hear)
  const late = new AbortController()
  try {
    await client.query({ text: `LISTEN "${channel}"` })
    await tell()
    return await Promise.race([heard, sleep(systemClock, ms, late.signal).then(() => false)])
  } finally {
    late.abort()
    client.removeListener('notification', hear)
    client.release(true)
  }
}

function commandsOf(schema: string, channels: readonly string[], before: readonly string[]): string {
  const { ready, finished } = channelsOf(schema)
  const gone = before.filter((channel) => !channels.includes(channel))
  return [
    ...[ready, finished, ...channels].map((channel) => `LISTEN "${channel}"`),
    ...gone.map((channel) => `UNLISTEN "${channel}"`),
  ].join('; ')
}

/** Nobody waits for the connection that listens, so nobody would hear of its error. */
function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  process.emitWarning(
    `Nothing listens for notifications, so work is found by polls only: ${reason}`,
    'TasqWarning',
  )
}
