import { InvalidArgumentError, Option } from 'commander'
import { durationParsers, integer, list, repeated } from './values.ts'

/**
 * An option that may also come from the environment, from `.env` and from the config file: what holds for a deployment. What is said
 * anew with each call, such as a filter, is a plain `Option`.
 */
export class Setting extends Option {
  /** `--redis-url` → `TASQ_REDIS_URL` */
  get variable(): string {
    return `TASQ_${this.attributeName()
      .replace(/[A-Z]/g, (letter) => `_${letter}`)
      .toUpperCase()}`
  }

  /** The value of a text, as the flag would have it. @throws InvalidArgumentError */
  fromText(text: string): unknown {
    if (isSwitch(this)) return truth(text)
    if (takesMany(this)) return list(text)
    return this.parseArg === undefined ? text : this.parseArg(text, undefined)
  }

  /** The value of a config file: code says durations in ms and lists as arrays. @throws InvalidArgumentError */
  fromCode(value: unknown): unknown {
    if (isSwitch(this)) {
      if (typeof value === 'boolean') return value
      throw new InvalidArgumentError('Use true or false.')
    }
    if (typeof value === 'string') return this.fromText(value)
    if (typeof value === 'number') return this.#fromNumber(value)
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return this.#fromList(value)
    throw new InvalidArgumentError('Use a string.')
  }

  #fromNumber(value: number): unknown {
    if (this.parseArg === integer) return integer(String(value))
    if (durationParsers.has(this.parseArg) && value >= 0 && Number.isFinite(value)) return value
    return this.fromText(String(value))
  }

  #fromList(value: readonly string[]): unknown {
    if (takesMany(this)) return value
    if (this.isList) return this.parseArg?.(value.join(','), undefined)
    throw new InvalidArgumentError('Use a string and no array.')
  }

  /** Whether its value is a comma list. */
  isList = false

  /** Takes a comma list, and an array in a config file. */
  listParser(parse: (text: string) => readonly unknown[]): this {
    this.isList = true
    this.argParser(parse)
    return this
  }
}

function isSwitch(setting: Setting): boolean {
  return setting.isBoolean() || setting.negate
}

/** Whether the flag may be given several values, or several times. */
function takesMany(setting: Setting): boolean {
  return setting.variadic || setting.parseArg === repeated
}

function truth(text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off)$/i.test(text)) return false
  throw new InvalidArgumentError('Use true or false.')
}
