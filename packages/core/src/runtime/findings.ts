import type { Found } from './examine.ts'

// What every backend is asked, in the same words.

/** A lease that has been over for so long should have been found by some worker. */
export const ORPHANED_MS = 60_000

const MUCH_SKEW_MS = 1_000
const FAR_TOO_MUCH_SKEW_MS = 60_000
/** Of the connections that a server has; the rest is for others. */
const MUCH_OF_BUDGET = 0.8

/** The server's version, against the oldest that can be used. */
export function foundVersion(server: string, version: string, isRecent: boolean, oldest: string): Found {
  if (isRecent) return { status: 'ok', message: `${server} ${version}; ${oldest} or later is supported.` }
  return {
    status: 'error',
    message: `${server} has version ${version}.`,
    nextStep: `Use ${server} ${oldest} or later.`,
  }
}

/**
 * How far the backend's clock is from that of this process.
 * @param backendNow read by one call, in ms since epoch.
 * @param before, after this process's clock when the call was made and when it was answered.
 */
export function foundSkew(backendNow: number, before: number, after: number): Found {
  const skewMs = Math.round(backendNow - (before + after) / 2)
  const uncertainMs = Math.ceil((after - before) / 2)
  const size = Math.max(0, Math.abs(skewMs) - uncertainMs)
  if (size < MUCH_SKEW_MS) {
    return { status: 'ok', message: `Its clock and that of this machine differ by ${Math.abs(skewMs)} ms.` }
  }
  const side = skewMs > 0 ? 'behind' : 'ahead of'
  return {
    status: size < FAR_TOO_MUCH_SKEW_MS ? 'note' : 'warning',
    message: `The clock of this machine is ${seconds(size)} ${side} that of the backend.`,
    nextStep:
      'Leases and delays go by the backend’s clock and are right; dates that this machine gives (dueAt, expiresAt) and the times in its logs are not. Let NTP set the clock.',
  }
}

/**
 * Whether the schema is there, and current.
 * @param total of how many steps it is made.
 */
export function foundSchema(pending: readonly string[], total: number, migrates: boolean): Found {
  if (pending.length === 0) return { status: 'ok', message: 'The schema is there, and current.' }
  const steps = pending.join(', ')
  if (!migrates) {
    return {
      status: 'error',
      message: `The schema lacks ${steps}, and migrate is false: it can't be opened.`,
      nextStep: 'Run `tasq migrate`, or call driver.migrations.apply().',
    }
  }
  if (pending.length === total) {
    return { status: 'note', message: 'There is no schema yet; whoever opens it first makes one.' }
  }
  return {
    status: 'warning',
    message: `The schema lacks ${steps}; the next process that opens it takes these steps.`,
    nextStep: 'Run `tasq migrate` at a time that suits you.',
  }
}

/**
 * Tasks that workers held when they died, and that nobody has taken over.
 * @param count of tasks whose lease has been over for longer than `ORPHANED_MS`.
 * @param oldestMs for how long, of the first one.
 */
export function foundOrphans(count: number, oldestMs: number | undefined): Found {
  if (count === 0) return { status: 'ok', message: 'No task is held by a worker that is gone.' }
  const since = oldestMs === undefined ? '' : `, the first for ${seconds(oldestMs)}`
  return {
    status: 'warning',
    message: `${count} ${count === 1 ? 'task is' : 'tasks are'} held by workers that are gone${since}, and nobody has taken over.`,
    nextStep: 'Start a worker: any worker, of whichever queue, takes over the tasks of all that died.',
  }
}

/** Whether anybody works. */
export function foundWorkers(count: number): Found {
  if (count > 0)
    return { status: 'ok', message: `${count} ${count === 1 ? 'worker is' : 'workers are'} there.` }
  return {
    status: 'note',
    message: 'No worker is there: what is enqueued waits.',
    nextStep: 'Start one with `tasq worker`.',
  }
}

/** How many connections a server has, and needs. */
export interface ConnectionBudget {
  /** The most that the server takes. */
  readonly most: number
  /** Those that there are, of whoever. */
  readonly used: number
  /** The most that one process of this app takes. */
  readonly perProcess: number
  /** Which settings say so, of the server and of the app. */
  readonly settings: { readonly server: string; readonly app: string }
}

/** How many more processes the server has connections for. */
export function foundBudget({ most, used, perProcess, settings }: ConnectionBudget): Found {
  const free = Math.max(0, most - used)
  const message = `${used} of ${most} connections are in use; a process of this app takes up to ${perProcess}, so there is room for ${Math.floor(free / perProcess)} more at full load.`
  const nextStep = `Lower ${settings.app}, or raise ${settings.server} on the server.`
  if (free < perProcess) return { status: 'error', message, nextStep }
  if (used > most * MUCH_OF_BUDGET) return { status: 'warning', message, nextStep }
  return { status: 'ok', message }
}

/** A time for people. */
function seconds(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}
