import type { Delivery, Lease } from '../contract/delivery.ts'

// A lease of a mixed driver is two: that of the broker on the message, and that of the store on the twin.

/** The lease of a mixed driver. */
export function joined({ lease, attempt }: Delivery, token: string): Lease {
  const { queue, id, token: ofMessage } = lease
  const lengths = `${queue.length},${ofMessage.length},${attempt - 1}`
  return { queue, id, token: `${lengths}:${queue}${ofMessage}${token}` }
}

/** What is in such a lease. */
export interface LeaseParts {
  readonly queue: string | undefined
  readonly ofMessage: string
  readonly ofTwin: string
  /** Attempts that had been used before it. */
  readonly attempts: number
}

/** A token that was not made by `joined` is nobody's: it matches neither message nor twin. */
export function partsOf({ token }: Lease): LeaseParts {
  const match = /^(\d+),(\d+),(\d+):/.exec(token)
  if (match === null) return { queue: undefined, ofMessage: token, ofTwin: token, attempts: 0 }
  const [head, queueLength, messageLength, attempts] = match
  const messageAt = head.length + Number(queueLength)
  const twinAt = messageAt + Number(messageLength)
  return {
    queue: token.slice(head.length, messageAt),
    ofMessage: token.slice(messageAt, twinAt),
    ofTwin: token.slice(twinAt),
    attempts: Number(attempts),
  }
}

/** The lease on the message in a lease of both. */
export function messageLease(lease: Lease): Lease {
  return { queue: lease.queue, id: lease.id, token: partsOf(lease).ofMessage }
}
