import type { SharedKind } from './shared-state.ts'

/** Something that a handler has said of its task. */
export interface LogLine {
  readonly at: Date
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/** How far an attempt is, or was when it ended, and what it has said last. */
export interface TaskProgress {
  readonly attempt: number
  readonly workerId: string
  readonly updatedAt: Date
  /** What the handler passed last, as JSON gives it back; absent where it passed nothing that fits. */
  readonly progress?: unknown
  /** 0 to 100, where the handler passed a number of that range, or an object with one as `percent`. */
  readonly percent?: number | undefined
  /** The last lines, oldest first. */
  readonly log: readonly LogLine[]
}

/** What one attempt has to keep; times in ms since epoch, by the backend's clock as far as its worker can tell. */
export interface KeptProgress {
  readonly attempt: number
  readonly workerId: string
  /** When the attempt's delivery was claimed: of two holders of a task, the later one has the later time. */
  readonly claimedAt: number
  readonly updatedAt: number
  readonly progress?: unknown
  readonly log: readonly KeptLine[]
}

export interface KeptLine {
  readonly at: number
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/** Each task has a kind of its own, so that reading it costs the same however many tasks there are; its records are those of its attempts. */
export function progressKind(id: string): SharedKind<KeptProgress> {
  return { name: `progress:${id}`, parse: parseProgress }
}

/** 0 to 100, where a progress says it. */
export function percentOf(progress: unknown): number | undefined {
  const percent =
    typeof progress === 'object' && progress !== null && 'percent' in progress ? progress.percent : progress
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent : undefined
}

/** The progress of the attempt that was claimed last. */
export function latestProgress(kept: readonly KeptProgress[]): TaskProgress | undefined {
  const latest = kept.toSorted((a, b) => a.claimedAt - b.claimedAt).at(-1)
  if (latest === undefined) return undefined
  const { attempt, workerId, updatedAt, progress, log } = latest
  return {
    attempt,
    workerId,
    updatedAt: new Date(updatedAt),
    progress,
    percent: percentOf(progress),
    log: log.map(({ at, message, fields }) => ({ at: new Date(at), message, fields })),
  }
}

function parseProgress(value: unknown): KeptProgress | undefined {
  if (!isObject(value)) return undefined
  const { attempt, workerId, claimedAt, updatedAt, progress, log } = value
  const isReadable =
    typeof attempt === 'number' &&
    typeof workerId === 'string' &&
    typeof claimedAt === 'number' &&
    typeof updatedAt === 'number' &&
    Array.isArray(log)
  return isReadable
    ? { attempt, workerId, claimedAt, updatedAt, progress, log: log.flatMap(parseLine) }
    : undefined
}

function parseLine(value: unknown): readonly KeptLine[] {
  if (!isObject(value)) return []
  const { at, message, fields } = value
  if (typeof at !== 'number' || typeof message !== 'string') return []
  return [{ at, message, fields: isObject(fields) ? fields : undefined }]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
