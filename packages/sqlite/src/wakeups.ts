import { type FSWatcher, watch } from 'node:fs'
import { systemClock, type TimerHandle } from '@tasq/core/driver'

/** Looks again this often where the system can't tell of changes to a file. */
const POLL_MS = 50
/** Keeps watching for a while after the last one who wanted it: watching is cheap, starting to is not. */
const LINGER_MS = 1_000
/** A change is told when it is written, and can be seen later, when it is on disk: mostly within a ms, on a busy disk after seconds. */
const LOOKS_MS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096]
/** A look that is due this soon serves what has just been written as well. */
const SOON_MS = 8

export interface FileWakeupParts {
  readonly file: string
  /** Changes whenever another connection has committed. */
  readonly dataVersion: () => number
  /** Another connection has committed. */
  readonly onChange: () => void
}

/**
 * Tells of commits by other processes. The system tells of writes to the write-ahead log; a look at SQLite's data version then
 * tells, for two microseconds, whether it was somebody else's commit. Only while somebody waits.
 */
export class FileWakeups {
  readonly #parts: FileWakeupParts
  #wanted = 0
  #watcher: FSWatcher | undefined
  #poll: TimerHandle | undefined
  #linger: TimerHandle | undefined
  #look: TimerHandle | undefined
  #lookDelayMs = 0
  /** The data version that was seen last; commits that nobody watched for show by it as well. */
  #version = -1

  constructor(parts: FileWakeupParts) {
    this.#parts = parts
  }

  /** Starts telling, until the function it gives is called. */
  want(): () => void {
    if (this.#parts.file === ':memory:') return () => {} // nobody else can see it
    this.#wanted++
    if (this.#linger !== undefined) systemClock.clearTimeout(this.#linger)
    this.#linger = undefined
    this.#start()
    return () => {
      this.#wanted--
      if (this.#wanted === 0) this.#linger = systemClock.setTimeout(() => this.close(), LINGER_MS)
    }
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    for (const timer of [this.#poll, this.#linger, this.#look]) {
      if (timer !== undefined) systemClock.clearTimeout(timer)
    }
    this.#poll = undefined
    this.#linger = undefined
    this.#look = undefined
  }

  #start(): void {
    if (this.#watcher !== undefined || this.#poll !== undefined) return
    this.#hasChanged()
    try {
      this.#watcher = watch(`${this.#parts.file}-wal`, { persistent: false }, () => this.#lookSoon())
      this.#watcher.on('error', () => this.#pollInstead())
    } catch {
      this.#pollInstead() // no such thing here, or too many watches: looking often serves as well
    }
  }

  #pollInstead(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#poll = systemClock.setTimeout(() => {
      this.#hasChanged()
      if (this.#poll !== undefined) this.#pollInstead()
    }, POLL_MS)
  }

  #lookSoon(): void {
    if (this.#look !== undefined) {
      if (this.#lookDelayMs <= SOON_MS) return
      systemClock.clearTimeout(this.#look)
    }
    this.#lookAgain(0)
  }

  /** Goes on after a commit was seen: it may not have been the last one whose write was told. */
  #lookAgain(look: number): void {
    const next = this.#hasChanged() ? 0 : look
    const delay = LOOKS_MS[next]
    this.#look = undefined
    if (delay === undefined || this.#watcher === undefined) return
    this.#lookDelayMs = delay
    this.#look = systemClock.setTimeout(() => this.#lookAgain(next + 1), delay)
  }

  #hasChanged(): boolean {
    const version = this.#parts.dataVersion()
    if (version === this.#version) return false
    this.#version = version
    this.#parts.onChange()
    return true
  }
}
