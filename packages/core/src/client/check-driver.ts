import type { Driver } from '../contract/driver.ts'
import { InvalidOptionError } from '../errors.ts'

/** @throws InvalidOptionError where it is no driver. */
export function checkDriver(driver: Driver): void {
  if (typeof driver === 'object' && driver !== null && typeof driver.reserve === 'function') return
  throw new InvalidOptionError('driver', driver, "a driver, such as sqlite('tasq.db') from @tasq/sqlite")
}
