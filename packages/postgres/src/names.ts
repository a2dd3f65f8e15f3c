import { createHash } from 'node:crypto'
import type { EventChannel } from '@tasq/core/driver'
import type { ResolvedPostgresOptions } from './options.ts'

/** The table of the steps that were taken; like the following, its name is fixed. */
export const SCHEMA_STEPS = 'tasq_schema'
export const RECEIPTS = 'tasq_receipts'
const OUTCOMES = 'tasq_outcomes'
const UNIQUE_KEYS = 'tasq_unique_keys'
export const RECORDS = 'tasq_records'

/** The channels on which processes tell one another of work and of finished tasks. */
export function channelsOf(schema: string): { readonly ready: string; readonly finished: string } {
  return { ready: `${schema}_ready`, finished: `${schema}_finished` }
}

/** Names that need no escape, and fit in the 63 bytes that the server takes. */
const PLAIN_CHANNEL = /^[\w:.-]{1,63}$/

/** The channel for events, whatever they call it. A shared one is called as it is where that can be. */
export function eventChannelOf(schema: string, channel: EventChannel): string {
  if (typeof channel !== 'string' && PLAIN_CHANNEL.test(channel.shared)) return channel.shared
  return `tasq_${createHash('sha1')
    .update(JSON.stringify([schema, channel]))
    .digest('hex')}`
}

/** The tables that the first migration makes. */
export function tablesOf({ queueTable, deadLetterTable }: ResolvedPostgresOptions): readonly string[] {
  return [queueTable, deadLetterTable, OUTCOMES, UNIQUE_KEYS, RECEIPTS]
}

/** What stands for the names in braces in statements. Options were checked: nothing in them has to be escaped. */
export function namesOf(options: ResolvedPostgresOptions): Readonly<Record<string, string>> {
  const { schema, queueTable, deadLetterTable } = options
  const qualified = (table: string) => `"${schema}"."${table}"`
  const channels = channelsOf(schema)
  return {
    schema: `"${schema}"`,
    schema_steps: qualified(SCHEMA_STEPS),
    tasks: qualified(queueTable),
    tasks_waiting: `"${queueTable}_waiting"`,
    tasks_leases: `"${queueTable}_leases"`,
    tasks_marked: `"${queueTable}_marked"`,
    dead_letters: qualified(deadLetterTable),
    dead_letters_by_queue: `"${deadLetterTable}_by_queue"`,
    dead_letters_by_end: `"${deadLetterTable}_by_end"`,
    outcomes: qualified(OUTCOMES),
    unique_keys: qualified(UNIQUE_KEYS),
    receipts: qualified(RECEIPTS),
    records: qualified(RECORDS),
    ready_channel: `'${channels.ready}'`,
    finished_channel: `'${channels.finished}'`,
  }
}
