import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'

/**
 * A context that knows its own value and the context that it was made from. That of the API copies a map and makes three functions for each
 * value; an attempt has two of them, and with those the garbage collector had more to do than with all else of an attempt.
 */
class ChainedContext implements Context {
  readonly #parent: Context
  readonly #key: symbol | undefined
  readonly #value: unknown

  constructor(parent: Context, key: symbol | undefined, value: unknown) {
    this.#parent = parent
    this.#key = key
    this.#value = value
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#parent.getValue(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return new ChainedContext(this, key, value)
  }

  deleteValue(key: symbol): Context {
    return new ChainedContext(this, key, undefined)
  }
}

/** In which nothing stands. */
export const EMPTY_CONTEXT: Context = new ChainedContext(ROOT_CONTEXT, undefined, undefined)
