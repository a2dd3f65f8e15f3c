import type { Finding } from '../contract/facets/diagnostics.ts'
import { withoutSecrets } from '../errors/secrets.ts'
import { TasqError } from '../errors.ts'
import { systemClock } from './clock.ts'
import { atMost, withDeadline } from './deadline.ts'

/** What one look has found; `check` where it is about something else than the look itself. */
export type Found = Omit<Finding, 'subject' | 'check'> & { readonly check?: string | undefined }

/** One look, at one thing. */
export interface Look {
  readonly check: string
  /** Changes nothing. Where it rejects, that is a finding. */
  readonly find: () => Promise<Found | readonly Found[] | undefined>
}

/** A backend that answers. */
export interface Examined {
  /** One round trip. */
  readonly ping: () => Promise<unknown>
  /** What to look at, in this order. */
  readonly looks: readonly Look[]
  readonly close: () => Promise<void> | void
  /** What is said where nothing has to answer. @default how fast it does */
  readonly presence?: string | undefined
}

/** What is examined, and how it is reached. */
export interface ExaminationParts {
  /** The name of the driver. */
  readonly subject: string
  /** Names the backend for people, without a secret. */
  readonly where: string
  /** Connects, by a connection for this alone. */
  readonly connect: () => Promise<Examined>
}

/** Longer than connecting may take by default. */
const CONNECT_MS = 11_000
/** A look may take this long, */
const LOOK_MS = 5_000
/** and all of them together. */
const ALL_LOOKS_MS = 15_000
const CLOSE_MS = 2_000
const SLOW_MS = 250

/** Connects to a backend and looks at one thing after the other; what goes wrong on the way is found as well. Never rejects. */
export async function examine({ subject, where, connect }: ExaminationParts): Promise<readonly Finding[]> {
  let examined: Examined
  try {
    examined = await connected(where, connect)
    const ms = await pinged(where, examined)
    const looked = await lookAtAll(subject, examined)
    return [findingOf(subject, 'connectivity', connectivity(where, ms, examined)), ...looked]
  } catch (error) {
    return [findingOf(subject, 'connectivity', failed(error, 'error'))]
  }
}

function findingOf(subject: string, check: string, found: Found): Finding {
  return { subject, ...found, check: found.check ?? check }
}

async function connected(where: string, connect: () => Promise<Examined>): Promise<Examined> {
  const connecting = connect()
  try {
    return await withDeadline(systemClock, CONNECT_MS, `connecting to ${where}`, connecting)
  } catch (error) {
    connecting.then(closed, () => undefined) // it may still come
    throw error
  }
}

async function pinged(where: string, examined: Examined): Promise<number> {
  try {
    const start = systemClock.monotonic()
    await withDeadline(systemClock, LOOK_MS, `a ping of ${where}`, examined.ping())
    return systemClock.monotonic() - start
  } catch (error) {
    await closed(examined)
    throw error
  }
}

async function lookAtAll(subject: string, examined: Examined): Promise<readonly Finding[]> {
  const until = systemClock.monotonic() + ALL_LOOKS_MS
  const findings: Finding[] = []
  try {
    for (const { check, find } of examined.looks) {
      const ms = Math.min(LOOK_MS, until - systemClock.monotonic())
      const found = await lookAt(check, find, ms)
      for (const each of found) findings.push(findingOf(subject, check, each))
    }
  } finally {
    await closed(examined)
  }
  return findings
}

async function lookAt(check: string, find: Look['find'], ms: number): Promise<readonly Found[]> {
  if (ms <= 0) return [{ status: 'warning', message: 'Not looked at: other looks took all the time.' }]
  try {
    const found = await withDeadline(systemClock, ms, `a look at ${check}`, find())
    return found === undefined ? [] : isMany(found) ? found : [found]
  } catch (error) {
    const { message, ...rest } = failed(error, 'warning')
    return [{ ...rest, message: `Could not be looked at: ${message}` }]
  }
}

function isMany(found: Found | readonly Found[]): found is readonly Found[] {
  return Array.isArray(found)
}

async function closed(examined: Examined): Promise<void> {
  const close = async () => await examined.close()
  await atMost(
    systemClock,
    CLOSE_MS,
    close().catch(() => undefined),
  )
}

function connectivity(where: string, ms: number, { presence }: Examined): Found {
  if (presence !== undefined) return { status: 'ok', message: presence }
  const message = `${where} answers in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms.`
  if (ms < SLOW_MS) return { status: 'ok', message }
  return {
    status: 'note',
    message,
    nextStep: 'Each call to it takes as long: run workers close to it, or see what keeps it busy.',
  }
}

/** What an error says, and what to do about it, which its message ends with. */
function failed(error: unknown, status: 'warning' | 'error'): Found {
  if (!TasqError.isInstance(error)) {
    return { status, message: withoutSecrets(error instanceof Error ? error.message : String(error)) }
  }
  const { message, nextStep } = error
  const problem = message.endsWith(nextStep) ? message.slice(0, -nextStep.length).trimEnd() : message
  return { status, message: problem, nextStep }
}
