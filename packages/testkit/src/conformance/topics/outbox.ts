import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { NewTask } from '@tasq/core/driver'
import { assertNothingReady, hold } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { type CaseContext, facet } from '../context.ts'
import { assertSameMembers } from '../expect.ts'
import type { MixedProcess, Step } from '../mixed-process.ts'
import { healthyWorker, isDrained, job } from '../mixed-worker.ts'
import { complete, settle } from '../settlements.ts'
import { bytesOf, idsOf, newTask, QUEUE } from '../tasks.ts'

/** Whoever waits for the end of one, waits for so long. */
const LEASE_MS = 4_000

/** What happens between a task's being in the store and in the broker, whoever put it there. */
const RELAYING: readonly Step[] = [
  { part: 'store', operation: 'reserve' },
  { part: 'broker', operation: 'enqueue' },
]

/** What comes with a settlement or a write of records is as safe as that: whoever dies on its way to the broker, it runs, and once. */
export const outbox: ConformanceTopic = {
  name: 'what a store takes on for a broker',
  needs: ['relay'],
  cases: [
    followUpsAfter({ part: 'store', operation: 'settle' }),
    followUpsAfter({ part: 'broker', operation: 'settle' }),
    ...RELAYING.map((step) => followUpsAfter(step)),
    followUpsAfter({ part: 'store', operation: 'settle' }, 2),
    writtenTasksAfter({ part: 'store', operation: 'coordination.write' }),
    ...RELAYING.map(writtenTasksAfter),
    writtenTasksAfter({ part: 'store', operation: 'settle' }),
    {
      name: 'follow-ups are taken on while the broker is away, and are published when it is back',
      run: async (context) => {
        const process = await context.connectMixed()
        const { driver, broker } = process
        const parent = await hold(context, driver, { queue: 'parents' })
        const tasks = jobs(2)
        broker.faults.disconnect()
        assert.equal(await settle(driver, complete(parent, { followUps: tasks })), 'settled')
        await context.advance(300)
        broker.faults.reconnect()
        const { completed } = await healthyWorker(context, driver)
        await context.until('both are done', () => completed.length === 2)
        await isDrained(context)
        assertSameMembers(completed, idsOf(tasks))
      },
    },
  ],
}

/** A worker completes a task with two that follow it, and dies after one of the steps that come then. */
function followUpsAfter(step: Step, nth = 1): ConformanceCase {
  return {
    name: `follow-ups run once although their process dies after ${nth === 1 ? '' : 'another '}${nameOf(step)}`,
    run: async (context) => {
      const victim = await context.connectMixed()
      const parent = await hold(context, victim.driver, { queue: 'parents', leaseMs: LEASE_MS })
      const tasks = jobs(2)
      victim.dieAfter(step, nth)
      victim.driver.settle([complete(parent, { followUps: tasks })]).catch(() => undefined)
      await theyRunOnce(context, victim, tasks)
      await assertNothingReady(await context.connect(), 'parents')
    },
  }
}

/** A process writes a record with two tasks, and dies after one of the steps that come then. */
function writtenTasksAfter(step: Step): ConformanceCase {
  return {
    name: `tasks of a write run once although their process dies after ${nameOf(step)}`,
    needs: ['coordination'],
    run: async (context) => {
      const victim = await context.connectMixed()
      const tasks = jobs(2)
      const write = { kind: 'tick', key: 'nightly', value: '1', version: randomUUID() }
      victim.dieAfter(step)
      facet(victim.driver, 'coordination')
        .write({ scope: QUEUE, writes: [write], tasks })
        .catch(() => undefined)
      await theyRunOnce(context, victim, tasks)
    },
  }
}

async function theyRunOnce(
  context: CaseContext,
  victim: MixedProcess,
  tasks: readonly NewTask[],
): Promise<void> {
  await context.until('it has died', () => victim.isDead)
  const { completed, ran } = await healthyWorker(context)
  await context.until('they are done', () => completed.length >= tasks.length)
  await isDrained(context)
  assertSameMembers(completed, idsOf(tasks))
  assertSameMembers(
    ran.map(String),
    tasks.map((_, index) => String(index)),
  )
}

function jobs(count: number): readonly NewTask[] {
  return Array.from({ length: count }, (_, n) => {
    const payload = { bytes: bytesOf(JSON.stringify({ n })), encoding: 'json' }
    return newTask({ task: job.name, payload, leaseMs: LEASE_MS })
  })
}

function nameOf({ part, operation }: Step): string {
  return `${part}.${operation}`
}
