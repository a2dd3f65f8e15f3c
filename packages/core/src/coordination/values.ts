import { isRecord } from '../runtime/stored-texts.ts'

/** A value that some version of this package has stored, read field by field. */
export class StoredValue {
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    this.#fields = isRecord(value) ? value : {}
  }

  text(name: string): string | undefined {
    const value = this.#fields[name]
    return typeof value === 'string' ? value : undefined
  }

  number(name: string): number | undefined {
    const value = this.#fields[name]
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  }

  flag(name: string): boolean | undefined {
    const value = this.#fields[name]
    return typeof value === 'boolean' ? value : undefined
  }

  texts(name: string): readonly string[] {
    const value = this.#fields[name]
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  }

  /** The part with this name. */
  value(name: string): StoredValue {
    return new StoredValue(this.#fields[name])
  }

  get names(): readonly string[] {
    return Object.keys(this.#fields)
  }
}
