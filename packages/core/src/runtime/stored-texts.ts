import type { TaskPolicy } from '../contract/envelope.ts'
import type { Failure, TaskHistory } from '../contract/failure.ts'

// The parts of a task that drivers keep as one opaque JSON text each: how they are written, and read back with care.

/** Tasks of one definition share a policy object, so its text is made once; and read once, for those that share the text. */
const policyTexts = new WeakMap<TaskPolicy, string>()
const policies = new Map<string, TaskPolicy>()
const MOST_POLICIES = 1_000

/** The JSON of a policy. */
export function policyText(policy: TaskPolicy): string {
  let text = policyTexts.get(policy)
  if (text === undefined) {
    text = JSON.stringify(policy)
    policyTexts.set(policy, text)
  }
  return text
}

/** The policy that a text holds; the same frozen object for the same text. @throws Error where the text is no policy. */
export function policyOf(text: string): TaskPolicy {
  const known = policies.get(text)
  if (known !== undefined) return known
  const parsed: unknown = JSON.parse(text)
  if (!isPolicy(parsed)) throw new Error(`no task policy: ${text.slice(0, 100)}`)
  if (policies.size >= MOST_POLICIES) policies.clear()
  policies.set(text, Object.freeze(parsed))
  return parsed
}

/** Whether a parsed value has what a policy has. */
export function isPolicy(value: unknown): value is TaskPolicy {
  if (!isRecord(value) || !isRecord(value.retry)) return false
  const { retry } = value
  const numbers = [value.maxAttempts, value.deadLetterMs, retry.delayMs, retry.maxDelayMs, retry.jitter]
  return numbers.every((number) => typeof number === 'number') && typeof retry.strategy === 'string'
}

/** Whether a parsed value is what headers are: names, and a text for each. */
export function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'string')
}

/** A history that was stored as JSON; only drivers write it, and one that can't be read tells nothing and stops nobody. */
export function historyOf(text: string | null | undefined): TaskHistory | undefined {
  return readOrForget<TaskHistory>(text)
}

/** A failure that was stored as JSON; the same holds for it. */
export function failureOf(text: string | null | undefined): Failure | undefined {
  return readOrForget<Failure>(text)
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readOrForget<Value extends object>(text: string | null | undefined): Value | undefined {
  if (text === null || text === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isRecord(parsed) ? (parsed as Value) : undefined
  } catch {
    return undefined
  }
}
