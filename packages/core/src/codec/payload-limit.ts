import type { App } from '../app.ts'
import type { Payload } from '../contract/envelope.ts'
import { InvalidOptionError, PayloadTooLargeError } from '../errors.ts'

/** @throws InvalidOptionError */
export function checkMaxPayloadBytes(bytes: number | undefined): number | undefined {
  if (bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 1)) return bytes
  throw new InvalidOptionError('maxPayloadBytes', bytes, 'a number of bytes from 1')
}

/**
 * Before it is sent.
 * @throws PayloadTooLargeError where it is more than the app allows, or than the backend carries.
 */
export function requireFitting({ bytes }: Payload, what: string, { driver, maxPayloadBytes }: App): void {
  const carried = driver.limits.maxPayloadBytes
  const limit = Math.min(carried, maxPayloadBytes ?? carried)
  if (bytes.length <= limit) return
  throw new PayloadTooLargeError(what, bytes.length, limit, limit < carried ? 'this app' : driver.name)
}
