import type { Measurement } from '../measure-file.ts'

/**
 * How it is known what became of the files. A driver that can list tasks is asked; one that keeps results gives them to whoever
 * enqueued; where there is neither, the workers tell. Which of them it is, the rest of the app does not know.
 */
export interface Outcomes {
  /** The module of the handler that workers run. */
  readonly handler: 'measure-file.handler' | 'measure-file.telling'
  /** Whether a run that was interrupted goes on when it is started again; else it starts anew. */
  readonly resumes: boolean
  /** Enqueues a task for each file; resolves to how many of them an earlier run had enqueued. */
  enqueue(paths: readonly string[]): Promise<number>
  /** Takes what a worker says. */
  hear(message: unknown): void
  standing(): Promise<Standing>
  /** Of the files that are done, each once. */
  measurements(): AsyncIterable<Measurement>
  failures(): Promise<readonly FailedFile[]>
  /** Removes all that is in the queue. */
  clear(): Promise<void>
}

/** How many files are in which state. */
export interface Standing {
  readonly open: number
  readonly done: number
  readonly failed: number
}

/** A file that was given up. */
export interface FailedFile {
  readonly path: string
  readonly message: string
  /** Where it is known. */
  readonly attempts: number | undefined
}

/** What a run that did not end well does when it is started again, for the reader. */
export function startedAgain({ resumes }: Outcomes): string {
  return resumes ? 'it goes on where it stopped' : 'it starts anew, because a broker alone keeps no results'
}
