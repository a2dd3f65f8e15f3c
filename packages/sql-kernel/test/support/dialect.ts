import type { Limits } from '@tasq/core/driver'
import type { Dialect } from '../../src/dialect.ts'

const limits: Limits = {
  maxPayloadBytes: 1_000,
  maxBatch: 10,
  maxBatchBytes: 10_000,
  lease: 'timed',
  fence: 'token',
  order: 'fifo',
  priorities: 'exact',
}

/** The procedures of a dialect. */
export type Procedures = Partial<Omit<Dialect, 'name' | 'limits'>>

/** What was asked of a dialect, in order: a procedure and its arguments. */
export type Calls = (readonly [procedure: string, ...args: readonly unknown[]])[]

/** A dialect of which only some procedures may be called; `open` and `close` always may. */
export function dialectWith(procedures: Procedures, calls: Calls = []): Dialect {
  const known = new Map<PropertyKey, unknown>(
    Object.entries({ open: async () => {}, close: async () => {}, ...procedures }),
  )
  const recorded = (name: PropertyKey) => {
    const procedure = known.get(name)
    return async (...args: readonly unknown[]) => {
      calls.push([String(name), ...args])
      if (typeof procedure !== 'function') throw new Error(`${String(name)} was not expected to be called`)
      return await procedure(...args)
    }
  }
  const fields = { name: 'test', limits }
  return new Proxy(fields, {
    get: (_, name) => Reflect.get(fields, name) ?? recorded(name),
  }) as typeof fields & Dialect
}
