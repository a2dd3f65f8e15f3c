/** What a log shows: this and what is worse. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** `pretty` is for people, `json` for machines: an object a line. */
export const LOG_FORMATS = ['pretty', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** How a log is written: plain data, so that other processes can be told. */
export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Only for `pretty`. */
  readonly colors: boolean
}
