import type { Missed, PublishedEvent, PublishedEventName } from '@tasq/core'
import { oneLine } from './plain-text.ts'
import { paint, type Style, type Terminal } from './terminal.ts'

const STYLES: Readonly<Partial<Record<PublishedEventName, Style>>> = {
  'task:completed': 'green',
  'task:failed': 'red',
  'task:dead': 'red',
  'task:lost': 'red',
  'task:stuck': 'red',
  'task:unconfirmed': 'red',
  'worker:error': 'red',
  'task:retrying': 'yellow',
  'task:expired': 'yellow',
  'task:cancelled': 'yellow',
  'worker:late': 'yellow',
  'worker:blocked': 'yellow',
  'schedule:missed': 'yellow',
  'queue:paused': 'yellow',
  'worker:heartbeat': 'dim',
}

/** An event for people: `2026-01-02T03:04:05.678Z task:failed mail.send 0198… queue=mail attempt=1 Error: no answer`. */
export function eventLine(event: PublishedEvent, terminal: Terminal): string {
  const style = STYLES[event.name]
  const name = style === undefined ? event.name : paint(terminal, style, event.name)
  const time = paint(terminal, 'dim', event.at.toISOString())
  const where = paint(terminal, 'dim', `${oneLine(event.host)}/${event.pid}`)
  return `${time} ${name} ${oneLine(factsOf(event.data).join(' '))} ${where}`
}

/** What is lacking, and why. */
export function missedLine(missed: Missed): string {
  return missed.cause === 'connection'
    ? 'the connection was lost for a while: events may have been missed'
    : `${missed.count} events of ${oneLine(missed.host)}/${missed.pid} were missed`
}

/** What an event is about, first; then what it says, shortly. */
function factsOf(data: PublishedEvent['data']): readonly string[] {
  const { id, task, schedule, ...rest }: Readonly<Record<string, unknown>> = { ...data }
  const subject = [schedule, task, id].filter((each) => typeof each === 'string')
  return [...subject, ...Object.entries(rest).flatMap(([name, value]) => fact(name, value))]
}

function fact(name: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  if (name === 'failure' || name === 'error') return [errorText(value)]
  if (name.endsWith('Ms') && typeof value === 'number') return [`${name.slice(0, -2)}=${Math.round(value)}ms`]
  if (value instanceof Date) return [`${name}=${value.toISOString()}`]
  if (typeof value === 'string')
    return [name === 'message' || name === 'problem' ? value : `${name}=${value}`]
  return [`${name}=${Array.isArray(value) ? value.join(',') : JSON.stringify(value)}`]
}

function errorText(value: unknown): string {
  const { name, message }: Readonly<Record<string, unknown>> = { ...Object(value) }
  return `${String(name)}: ${String(message)}`
}
