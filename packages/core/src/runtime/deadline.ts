import { StoreError } from '../errors.ts'
import { type Clock, sleep } from './clock.ts'

/** The promise, or a retryable `TASQ_STORE_UNAVAILABLE` where it does not settle in time. */
export async function withDeadline<Value>(
  clock: Clock,
  ms: number,
  what: string,
  promise: Promise<Value>,
): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = clock.setTimeout(() => {
    reject(
      new StoreError('TASQ_STORE_UNAVAILABLE', `No answer to ${what} within ${ms} ms.`, {
        nextStep: 'See whether the backend is reachable.',
        retryable: true,
      }),
    )
  }, ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clock.clearTimeout(timer)
  }
}

/** Waits for the promise, but no longer than `ms`. */
export async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  await Promise.race([promise, sleep(clock, ms, over.signal)])
  over.abort()
}
