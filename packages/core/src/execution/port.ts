import type { FromChild, ToChild } from './protocol.ts'

/** How a child came to its end. */
export interface ChildEnd {
  /** In words: `signal SIGKILL`, `exit code 1`, or an error that nobody caught. */
  readonly how: string
  readonly cause?: unknown
}

export interface PortListener {
  message(message: FromChild): void
  /** Told once; nothing comes after it. */
  ended(end: ChildEnd): void
}

/** A line to one thread or process. */
export interface Port {
  /** Names the child to people: `process 1234`. */
  readonly name: string
  /** @throws where the message holds what can't be sent. */
  send(message: ToChild): void
  /** Ends it at once, whatever it does; `ended` follows. */
  kill(): void
  /** Whether it keeps this process alive. */
  keepsAlive(isWanted: boolean): void
}

/**
 * The program of a child. In the sources it is TypeScript, which Node runs as it is; built, this file is part of one in `dist`, and that
 * program stays a file of its own.
 */
export const childProgram = import.meta.url.endsWith('.ts')
  ? new URL(['.', 'child.ts'].join('/'), import.meta.url) // not to be followed by bundlers: it is not published
  : new URL('./execution/child.js', import.meta.url)
