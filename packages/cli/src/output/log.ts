import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { LogLevel, LogOptions } from './log-options.ts'
import { oneLine } from './plain-text.ts'

/** Fields of one message, for machines: names, numbers and ids, never a payload. */
export type LogFields = object

/** Levels of messages. */
export type MessageLevel = Exclude<LogLevel, 'silent'>

/** A log. Its messages say for people what its fields say for machines. */
export interface Log {
  shows(level: MessageLevel): boolean
  say(level: MessageLevel, message: string, fields?: LogFields): void
}

/** A log of this process, which writes each message at once. */
export function makeLog(write: (line: string) => void, { level, format, colors }: LogOptions): Log {
  const pretty =
    format === 'pretty'
      ? prettyFactory({
          colorize: colors,
          hideObject: true,
          messageFormat: forPeople,
          translateTime: 'SYS:HH:MM:ss.l',
        })
      : undefined
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => write((pretty === undefined ? line : pretty(line)).trimEnd()) },
  )
  return {
    shows: (of) => logger.isLevelEnabled(of),
    say: (of, message, fields = {}) => logger[of](fields, message),
  }
}

/** Of several workers on one terminal, each says who it is. */
function forPeople({ workerId, msg }: Readonly<Record<string, unknown>>): string {
  const text = oneLine(String(msg))
  return typeof workerId === 'string' ? `${workerId} ${text}` : text
}
