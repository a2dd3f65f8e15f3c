import assert from 'node:assert/strict'
import { TasqError } from '@tasq/core/driver'

/**
 * The same value without what must not matter: properties that are undefined, and whether bytes came as a Buffer.
 */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries.map(([key, member]) => [key, plain(member)]))
}

/** Equal but for what `plain` takes away. */
export function assertSame(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(plain(actual), plain(expected), message)
}

export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual instanceof Uint8Array, 'bytes come back as a Uint8Array')
  assert.equal(Buffer.compare(actual, expected), 0, 'bytes come back as they were stored')
}

/** Equal in whatever order. */
export function assertSameMembers(
  actual: readonly string[],
  expected: readonly string[],
  message?: string,
): void {
  assert.deepEqual([...actual].sort(), [...expected].sort(), message)
}

/** An instant within these bounds, both included. */
export function assertBetween(what: string, actual: number, least: number, most: number): void {
  assert.ok(actual >= least && actual <= most, `${what} is ${actual}, not from ${least} to ${most}`)
}

export async function assertTasqError(promise: Promise<unknown>, what: string): Promise<void> {
  const error: unknown = await promise.then(
    () => assert.fail(`${what} did not reject`),
    (reason: unknown) => reason,
  )
  assert.ok(TasqError.isInstance(error), `${what} rejects with a TasqError, not with ${String(error)}`)
}
