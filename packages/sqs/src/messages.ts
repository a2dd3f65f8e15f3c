import { createHash } from 'node:crypto'
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { Delay, MessageTimes } from './delays.ts'

/** Attributes of messages: what must be known of one whose body can't be read, or without reading it. */
const ID = 'tasq-id'
const LATER = 'tasq-later'
const ATTEMPTS = 'tasq-attempts'
const REASON = 'tasq-reason'

/** What a message carries beside its body. */
export interface Notes {
  readonly id: string
  /** When it is due, in ms from its sending, where SQS can't delay it for that long. */
  readonly laterMs?: number | undefined
  /** Attempts used, of a task whose body can't be read. */
  readonly attempts?: number | undefined
  /** Why the task died; dead letters have it, and nothing else. */
  readonly reason?: string | undefined
}

/** What FIFO queues must know of a message. */
export interface FifoIds {
  readonly group: string
  /** A second message with the same one, within five minutes, is not stored. */
  readonly deduplication: string
}

/** A message on its way to SQS. */
export interface Outgoing {
  readonly body: string
  readonly notes: Notes
  readonly delaySeconds: number
  readonly fifo: FifoIds | undefined
}

/** A message as it was received. */
export interface Incoming extends MessageTimes {
  readonly messageId: string
  readonly handle: string
  readonly body: string
  readonly notes: Notes
  readonly group: string | undefined
}

/** What is asked for with every receive. */
export const WANTED = {
  MessageAttributeNames: ['All'],
  MessageSystemAttributeNames: [
    'ApproximateReceiveCount',
    'SentTimestamp',
    'ApproximateFirstReceiveTimestamp',
    'MessageGroupId',
  ],
} as const

export function outgoing(
  bytes: Uint8Array,
  notes: Notes,
  { seconds, laterMs }: Delay,
  fifo: FifoIds | undefined,
): Outgoing {
  return { body: textOf(bytes), notes: { ...notes, laterMs }, delaySeconds: seconds, fifo }
}

/** The same message again, for the rest of its time. */
export function sentOn(
  { body, notes, messageId, receiveCount, group = messageId }: Incoming,
  { seconds, laterMs }: Delay,
  isFifo: boolean,
): Outgoing {
  // A repeat of the same sending on is the same message.
  const fifo = isFifo ? fifoIds(group, `${messageId}.${receiveCount}`) : undefined
  return { body, notes: { ...notes, laterMs }, delaySeconds: seconds, fifo }
}

/** As an entry of a batch. */
export function entryOf({ body, notes, delaySeconds, fifo }: Outgoing, position: number) {
  return {
    Id: String(position),
    MessageBody: body,
    MessageAttributes: attributesOf(notes),
    ...(fifo === undefined
      ? { DelaySeconds: delaySeconds }
      : { MessageGroupId: fifo.group, MessageDeduplicationId: fifo.deduplication }),
  }
}

/** Its size as SQS counts it: the body, and names, types and values of the attributes. */
export function bytesOf({ body, notes }: Pick<Outgoing, 'body' | 'notes'>): number {
  return body.length + bytesOfNotes(notes)
}

export function bytesOfNotes(notes: Notes): number {
  let bytes = 0
  for (const [name, { DataType = '', StringValue = '' }] of Object.entries(attributesOf(notes))) {
    bytes += name.length + DataType.length + StringValue.length
  }
  return bytes
}

/** How long a text of so many bytes is. */
export function encodedLength(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

/** Base64, since SQS takes no bytes and not every character. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

/** What Tasq has sent comes back as bytes; any other text is taken as it is. */
export function bytesOfText(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  return encodedLength(bytes.length) === text.length ? bytes : Buffer.from(text)
}

/** Reads what can be read of any message, whoever sent it. */
export function incoming(message: Message): Incoming {
  const { MessageId: messageId = '', ReceiptHandle: handle = '', Body: body = '', Attributes = {} } = message
  return {
    messageId,
    handle,
    body,
    notes: notesOf(message.MessageAttributes ?? {}, messageId),
    group: Attributes.MessageGroupId,
    receiveCount: numberOf(Attributes.ApproximateReceiveCount) ?? 1,
    sentAt: numberOf(Attributes.SentTimestamp),
    firstReceivedAt: numberOf(Attributes.ApproximateFirstReceiveTimestamp),
  }
}

export function fifoIds(group: string, deduplication: string): FifoIds {
  return { group: legalId(group), deduplication: legalId(deduplication) }
}

/** Ids of FIFO queues are up to 128 characters of a small set. */
function legalId(text: string): string {
  return /^[!-~]{1,128}$/.test(text) ? text : createHash('sha256').update(text).digest('hex')
}

function attributesOf({ id, laterMs, attempts, reason }: Notes): Record<string, MessageAttributeValue> {
  const attributes: Record<string, MessageAttributeValue> = { [ID]: attribute(encodeURIComponent(id)) }
  if (laterMs !== undefined) attributes[LATER] = attribute(String(laterMs))
  if (attempts !== undefined) attributes[ATTEMPTS] = attribute(String(attempts))
  if (reason !== undefined) attributes[REASON] = attribute(reason)
  return attributes
}

function attribute(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value }
}

function notesOf(attributes: Record<string, MessageAttributeValue>, messageId: string): Notes {
  return {
    id: idOf(attributes[ID]?.StringValue) ?? messageId,
    laterMs: numberOf(attributes[LATER]?.StringValue),
    attempts: numberOf(attributes[ATTEMPTS]?.StringValue),
    reason: attributes[REASON]?.StringValue,
  }
}

function idOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text)
  return text === undefined || text === '' || Number.isNaN(value) ? undefined : value
}
