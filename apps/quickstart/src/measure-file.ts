import { defineTask, typed } from '@tasq/core'

/** What is found out about a file. */
export interface Measurement {
  readonly path: string
  readonly bytes: number
  readonly lines: number
  readonly words: number
  /** SHA-256 of its contents, in hex. */
  readonly checksum: string
}

/** Measures one file. Inert: the producer needs no handler, the worker adds it. */
export const measureFile = defineTask({
  name: 'file.measure',
  queue: 'files',
  input: typed<{ path: string }>(),
  output: typed<Measurement>(),
  retry: { maxAttempts: 3, strategy: 'fixed', delay: '200ms' },
  timeout: '5m',
  visibilityTimeout: '5s',
  keepResult: '1d',
})
