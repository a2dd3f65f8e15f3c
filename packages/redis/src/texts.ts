import { createHash } from 'node:crypto'
import { type Envelope, isPolicy, type TaskPolicy } from '@tasq/core/driver'

/** What tasks of one definition have in common, and what a queue therefore keeps once. */
export interface CommonFields {
  readonly task: string
  readonly encoding: string
  readonly priority: number
  readonly leaseMs: number
  readonly keepResultMs: number | undefined
  readonly policy: TaskPolicy
}

/** The text of such fields, and the digest by which records refer to it. */
export interface CommonText extends CommonFields {
  readonly text: Buffer
  readonly digest: Buffer
  /** Whether a queue keeps it; else every record carries it. */
  readonly isShared: boolean
}

export const DIGEST_BYTES = 8
/** The length of a lease stands before the JSON, where scripts read it. */
const LEASE_BYTES = 6
/** So many different texts of one process are kept by queues; who makes up policies all the time must not fill them. */
const MOST_SHARED = 1_000
const MOST_KNOWN = 2_000

/** By the policy, which tasks of one definition share. */
const textsOf = new WeakMap<TaskPolicy, CommonText[]>()
const sharedDigests = new Set<string>()
const knownFields = new Map<string, CommonFields>()
let last: CommonText | undefined

/** The text of what this task has in common with others; made once. */
export function commonTextOf(envelope: Envelope): CommonText {
  if (last !== undefined && matches(last, envelope)) return last
  const candidates = textsOf.get(envelope.policy) ?? []
  last = candidates.find((candidate) => matches(candidate, envelope))
  if (last === undefined) {
    last = makeText(envelope)
    candidates.push(last)
    textsOf.set(envelope.policy, candidates)
  }
  return last
}

function matches(common: CommonText, envelope: Envelope): boolean {
  return (
    common.policy === envelope.policy &&
    common.task === envelope.task &&
    common.encoding === envelope.payload.encoding &&
    common.priority === envelope.priority &&
    common.leaseMs === envelope.leaseMs &&
    common.keepResultMs === envelope.keepResultMs
  )
}

function makeText({ task, payload, priority, leaseMs, keepResultMs, policy }: Envelope): CommonText {
  const { encoding } = payload
  const json = JSON.stringify([task, encoding, priority, keepResultMs ?? null, policy])
  const text = Buffer.alloc(LEASE_BYTES + Buffer.byteLength(json))
  text.writeUIntBE(leaseMs, 0, LEASE_BYTES)
  text.write(json, LEASE_BYTES)
  const digest = createHash('sha1').update(text).digest().subarray(0, DIGEST_BYTES)
  const name = digest.toString('latin1')
  if (sharedDigests.size < MOST_SHARED) sharedDigests.add(name)
  const isShared = sharedDigests.has(name)
  return { task, encoding, priority, leaseMs, keepResultMs, policy, text, digest, isShared }
}

/** How a text begins, after its lease, for tasks of this name. */
export function textBeginning(task: string): string {
  return `[${JSON.stringify(task)},`
}

/** The fields of a text; read once. @throws where it is no such text. */
export function commonFieldsOf(digest: string, text: Uint8Array): CommonFields {
  const known = knownFields.get(digest)
  if (known !== undefined) return known
  const fields = parse(text)
  if (knownFields.size >= MOST_KNOWN) knownFields.clear()
  knownFields.set(digest, fields)
  return fields
}

/** The fields of a text without its digest; `undefined` where it can't be read. */
export function readableFieldsOf(text: Buffer | undefined): CommonFields | undefined {
  try {
    return text === undefined || text.length === 0 ? undefined : commonFieldsOf(text.toString('latin1'), text)
  } catch {
    return undefined // whoever must act on the task learns that its policy can't be read
  }
}

/** The fields of a text that this process has met. */
export function knownFieldsOf(digest: string): CommonFields | undefined {
  return knownFields.get(digest)
}

/** The length of the lease that a text begins with. */
export function leaseMsOf(text: Uint8Array): number | undefined {
  if (text.length < LEASE_BYTES) return undefined
  return Buffer.from(text.buffer, text.byteOffset, text.length).readUIntBE(0, LEASE_BYTES)
}

function parse(text: Uint8Array): CommonFields {
  const leaseMs = leaseMsOf(text)
  if (leaseMs === undefined) throw new Error('the text of its definition is too short')
  const parsed: unknown = JSON.parse(Buffer.from(text.subarray(LEASE_BYTES)).toString())
  if (!Array.isArray(parsed)) throw new Error('the text of its definition is no list')
  const [task, encoding, priority, keepResultMs, policy]: unknown[] = parsed
  if (typeof task !== 'string' || typeof encoding !== 'string' || typeof priority !== 'number') {
    throw new Error('the text of its definition lacks a field')
  }
  if (!isPolicy(policy)) throw new Error('the text of its definition has no task policy')
  return {
    task,
    encoding,
    priority,
    leaseMs,
    keepResultMs: typeof keepResultMs === 'number' ? keepResultMs : undefined,
    policy: Object.freeze(policy),
  }
}
