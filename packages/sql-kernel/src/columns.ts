import type { Envelope, Failure, NewTask, TaskHistory, TaskPolicy } from '@tasq/core/driver'
import type { NewRow, TaskRow } from './dialect.ts'

/** Tasks of one definition share a policy object, so its text is made once; and read once, for those that share the text. */
const policyTexts = new WeakMap<TaskPolicy, string>()
const policies = new Map<string, TaskPolicy>()
const MOST_POLICIES = 1_000

export function newRowOf({ envelope, delayMs, dueAt, expiresInMs, expiresAt }: NewTask): NewRow {
  return {
    id: envelope.id,
    queue: envelope.queue,
    task: envelope.task,
    priority: envelope.priority,
    payload: envelope.payload.bytes,
    encoding: envelope.payload.encoding,
    policy: policyText(envelope.policy),
    headers: envelope.headers === undefined ? null : JSON.stringify(envelope.headers),
    leaseMs: envelope.leaseMs,
    keepResultMs: envelope.keepResultMs ?? null,
    uniqueKey: envelope.unique?.key ?? null,
    uniqueWindowMs: envelope.unique?.windowMs ?? null,
    delayMs: delayMs ?? null,
    dueAt: dueAt ?? null,
    expiresInMs: expiresInMs ?? null,
    expiresAt: expiresAt ?? null,
  }
}

/** @throws where a column does not hold what was written there. */
export function envelopeOf(row: TaskRow): Envelope {
  return {
    formatVersion: 1,
    id: row.id,
    task: row.task,
    queue: row.queue,
    payload: { bytes: row.payload, encoding: row.encoding },
    headers: headersOf(row.headers),
    priority: row.priority,
    leaseMs: row.leaseMs,
    keepResultMs: row.keepResultMs ?? undefined,
    unique:
      row.uniqueKey === null ? undefined : { key: row.uniqueKey, windowMs: row.uniqueWindowMs ?? undefined },
    policy: policyOf(row.policy),
  }
}

export function policyText(policy: TaskPolicy): string {
  let text = policyTexts.get(policy)
  if (text === undefined) {
    text = JSON.stringify(policy)
    policyTexts.set(policy, text)
  }
  return text
}

/** @throws where the text is no policy. */
export function policyOf(text: string): TaskPolicy {
  const known = policies.get(text)
  if (known !== undefined) return known
  const parsed: unknown = JSON.parse(text)
  if (!isPolicy(parsed)) throw new Error(`no task policy: ${text.slice(0, 100)}`)
  if (policies.size >= MOST_POLICIES) policies.clear()
  policies.set(text, Object.freeze(parsed))
  return parsed
}

/** @throws where the text is no set of headers. */
export function headersOf(text: string | null): Readonly<Record<string, string>> | undefined {
  if (text === null) return undefined
  const parsed: unknown = JSON.parse(text)
  if (!isRecord(parsed) || !Object.values(parsed).every((value) => typeof value === 'string')) {
    throw new Error(`no headers: ${text.slice(0, 100)}`)
  }
  return parsed as Readonly<Record<string, string>>
}

export function historyText(history: TaskHistory | undefined): string | null {
  return history === undefined ? null : JSON.stringify(history)
}

/** Only this package writes the column; one that can't be read tells nothing and stops nobody. */
export function historyOf(text: string | null): TaskHistory | undefined {
  return readOrForget<TaskHistory>(text)
}

export function failureText(failure: Failure | undefined): string | null {
  return failure === undefined ? null : JSON.stringify(failure)
}

export function failureOf(text: string | null): Failure | undefined {
  return readOrForget<Failure>(text)
}

function readOrForget<Value extends object>(text: string | null): Value | undefined {
  if (text === null) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isRecord(parsed) ? (parsed as Value) : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPolicy(value: unknown): value is TaskPolicy {
  if (!isRecord(value) || !isRecord(value.retry)) return false
  const { retry } = value
  const numbers = [value.maxAttempts, value.deadLetterMs, retry.delayMs, retry.maxDelayMs, retry.jitter]
  return numbers.every((number) => typeof number === 'number') && typeof retry.strategy === 'string'
}
