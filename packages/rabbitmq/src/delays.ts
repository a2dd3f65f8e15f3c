// Delays without a plugin. Each level of a ladder is a queue in which every message stays for the same time, a power of two, so that
// none has to wait behind one that stays longer. A delay is a sum of such times: a message goes down from level to level, stays where
// its routing key has a 1, passes where it has a 0, and at the end is led to its queue by the last words of the key.

/** How long a message stays on the lowest level, in ms. Delays are multiples of it. */
const UNIT_MS = 16
/** 2.2 years on the highest level, and a little less on all others together. */
export const LEVELS = 33
/** The longest delay that the ladder holds; a longer one goes round again. */
export const LONGEST_MS = UNIT_MS * (2 ** LEVELS - 1)

/** A delay may become longer by this share of it, and by no more than that time, where that saves levels. */
const SLACK_SHARE = 1 / 512
const MOST_SLACK_MS = 1_000

/** How a message goes down the ladder. */
export interface Descent {
  /** The highest level on which it stays. */
  readonly level: number
  /** The words of its routing key that tell on which levels it stays, the highest first. */
  readonly bits: string
}

/** The way that takes at least this long, from 1 ms on. */
export function descentOf(delayMs: number): Descent {
  const units = unitsOf(Math.min(delayMs, LONGEST_MS))
  const bits = units.toString(2)
  return { level: bits.length - 1, bits: [...bits.padStart(LEVELS, '0')].join('.') }
}

/** How long messages stay on a level, in ms. */
export function levelMs(level: number): number {
  return UNIT_MS * 2 ** level
}

/** The pattern of keys that have this bit for a level. */
export function levelPattern(level: number, bit: 0 | 1): string {
  return [...Array<string>(LEVELS - 1 - level).fill('*'), String(bit), '#'].join('.')
}

/** Rounded up to a number that ends in zeros, because each 1 is a level to stay on. */
function unitsOf(delayMs: number): number {
  const slack = Math.min(MOST_SLACK_MS, delayMs * SLACK_SHARE)
  const step = 2 ** Math.max(0, Math.floor(Math.log2(slack / UNIT_MS)))
  const units = Math.ceil(delayMs / UNIT_MS / step) * step
  return Math.max(1, Math.min(units, 2 ** LEVELS - 1))
}
