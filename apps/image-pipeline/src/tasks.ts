import { defineTask, typed } from '@tasq/core'

/** A picture that has come in. */
export interface Original {
  readonly path: string
  /** Where its copies go. */
  readonly folder: string
}

/** A copy of a picture, in one width and several formats. */
export interface CopyRequest extends Original {
  readonly width: number
}

/** A file that was written. */
export interface Copy {
  readonly path: string
  readonly bytes: number
  /** The process that wrote it. */
  readonly pid: number
}

const options = { retry: { maxAttempts: 3, delay: '1s' }, timeout: '2m', keepResult: '1h' } as const

/** Looks at a picture, and lets the copies follow that are smaller than it; gives the ids of their tasks. */
export const importPicture = defineTask({
  ...options,
  name: 'picture.import',
  queue: 'pictures',
  input: typed<Original>(),
  output: typed<{ readonly copies: readonly string[] }>(),
})

/** Makes a copy. It computes, so it runs in a process of its own: see the module. */
export const copyPicture = defineTask({
  ...options,
  name: 'picture.copy',
  queue: 'copies',
  execution: 'process',
  module: new URL('./copy-picture.process.ts', import.meta.url),
  input: typed<CopyRequest>(),
  output: typed<readonly Copy[]>(),
})
