import { InvalidOptionError } from '../errors.ts'

const LONGEST_NAME = 200

/**
 * Queue and task names go into keys, rows and logs of every backend: any printable text without line
 * breaks that fits 200 bytes.
 */
export function checkName(option: string, name: unknown): string {
  const valid =
    typeof name === 'string' &&
    name.length > 0 &&
    Buffer.byteLength(name) <= LONGEST_NAME &&
    !/[\p{Cc}\p{Zl}\p{Zp}]|^\s|\s$/u.test(name) &&
    name.isWellFormed()
  if (!valid) {
    throw new InvalidOptionError(
      option,
      name,
      `a printable name of 1 to ${LONGEST_NAME} bytes without line breaks or outer spaces`,
    )
  }
  return name
}
