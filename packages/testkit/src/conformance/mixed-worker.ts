import assert from 'node:assert/strict'
import { defineTask, typed } from '@tasq/core'
import { assertNothingReady, deadCount } from './calls.ts'
import type { CaseContext } from './context.ts'
import { QUEUE } from './tasks.ts'

export const LEASE_MS = 1_500

/** What the workers of mixed cases run. */
export const job = defineTask({
  name: 'job',
  queue: QUEUE,
  input: typed<{ n: number }>(),
  retry: { maxAttempts: 5, delay: '20ms', strategy: 'fixed', jitter: 0 },
  visibilityTimeout: LEASE_MS,
  keepResult: '1h',
})

/** A worker that nothing happens to, and what it has done so far. */
export async function healthyWorker(context: CaseContext, driver?: MixedDriver) {
  const completed: string[] = []
  const ran: number[] = []
  const handler = job.handle(({ n }) => void ran.push(n))
  const tasq = context.app(driver ?? (await context.connectMixed()).driver, [handler])
  tasq.events.on('task:completed', ({ id }) => void completed.push(id))
  await context.work(tasq)
  return { completed, ran, tasq }
}

type MixedDriver = Awaited<ReturnType<CaseContext['connectMixed']>>['driver']

/** Nothing waits, is held or is dead, and stays so for longer than a lease. */
export async function isDrained(context: CaseContext): Promise<void> {
  const driver = await context.connect()
  await context.advance(2_000)
  await assertNothingReady(driver)
  assert.equal(await deadCount(driver), 0)
}
