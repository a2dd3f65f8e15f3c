import type { Delivery, Lease } from '../contract/delivery.ts'

// A lease of a mixed driver is two: that of the broker on the message, and that of the store on the twin.

/** The lease of a mixed driver. */
export function joined({ lease }: Delivery, token: string): Lease {
  const { queue, id, token: ofMessage } = lease
  const lengths = `${queue.length},${ofMessage.length}`
  return { queue, id, token: `${lengths}:${queue}${ofMessage}${token}` }
}

/** What is in such a lease. */
export interface LeaseParts {
  readonly queue: string | undefined
  readonly ofMessage: string
  readonly ofTwin: string
}

/** A token that was not made by `joined` is nobody's: it matches neither message nor twin. */
export function partsOf({ token }: Lease): LeaseParts {
  const match = /^(\d+),(\d+):/.exec(token)
  if (match === null) return { queue: undefined, ofMessage: token, ofTwin: token }
  const [head, queueLength, messageLength] = match
  const messageAt = head.length + Number(queueLength)
  const twinAt = messageAt + Number(messageLength)
  return {
    queue: token.slice(head.length, messageAt),
    ofMessage: token.slice(messageAt, twinAt),
    ofTwin: token.slice(twinAt),
  }
}

/** The lease on the message in a lease of both. */
export function messageLease(lease: Lease): Lease {
  return { queue: lease.queue, id: lease.id, token: partsOf(lease).ofMessage }
}
