import type { Reply } from './scripts.ts'

// Readers of what scripts return: something else than expected means that a script and its reader disagree.

export function listOf(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply
  throw new TypeError('a script gave no list')
}

export function bytesOf(reply: Reply | undefined): Buffer {
  if (Buffer.isBuffer(reply)) return reply
  throw new TypeError('a script gave no bytes')
}

export function textOf(reply: Reply | undefined): string {
  return bytesOf(reply).toString()
}

export function numberOf(reply: Reply | undefined): number {
  if (typeof reply === 'number') return reply
  throw new TypeError('a script gave no number')
}
