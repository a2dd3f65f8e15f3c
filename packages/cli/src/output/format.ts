import prettyMilliseconds from 'pretty-ms'

/** A length of time for people: `3m 20s`. */
export function timeSpan(ms: number): string {
  return prettyMilliseconds(Math.max(0, ms), { unitCount: 2, secondsDecimalDigits: 0 })
}

/** How long ago something was, or in how long it will be, by this machine's clock. */
export function ago(date: Date, now = Date.now()): string {
  const ms = now - date.getTime()
  return ms >= 0 ? `${timeSpan(ms)} ago` : `in ${timeSpan(-ms)}`
}

/** A number for people. */
export function count(number: number | undefined): string {
  return number === undefined ? '?' : number.toLocaleString('en-US')
}

/** How many a minute, for people: whole ones, and below ten a decimal. */
export function rate(perMinute: number | undefined): string {
  const maximumFractionDigits = (perMinute ?? 0) < 10 ? 1 : 0
  return perMinute === undefined ? '?' : perMinute.toLocaleString('en-US', { maximumFractionDigits })
}
