import assert from 'node:assert/strict'
import type { Driver, Finding } from '@tasq/core/driver'
import { enqueueOne, reserveCall } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { facet } from '../context.ts'
import { QUEUE } from '../tasks.ts'

const STATUSES = ['ok', 'note', 'warning', 'error']

export const diagnosing: ConformanceTopic = {
  name: 'what a backend says of itself',
  needs: ['diagnostics'],
  cases: [
    {
      name: 'one that is as it should be gives nothing to do',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        assertHealthy(await look(driver), context.harness.tolerates)
      },
    },
    {
      name: 'it says so before the driver is opened, and after it is closed',
      run: async (context) => {
        await enqueueOne(await context.connect())
        assertHealthy(await look(context.store.driver()), context.harness.tolerates)
        const late = await context.connect()
        await late.close()
        assertHealthy(await look(late), context.harness.tolerates)
      },
    },
    {
      name: 'looking at it changes nothing',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        await look(driver)
        await look(driver)
        const deliveries = await driver.reserve(reserveCall({ max: 5 }))
        const [delivery, ...others] = deliveries
        assert.deepEqual([delivery?.lease.id, delivery?.attempt, others.length], [envelope.id, 1, 0])
      },
    },
    {
      name: 'a task whose worker is long gone is found',
      needs: ['virtual time', 'timed leases', 'own store'],
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { leaseMs: 1_000 })
        await driver.reserve(reserveCall())
        const before = (await look(driver)).find(({ check }) => check === 'orphaned-leases')
        assert.equal(before?.status, 'ok')
        await context.advance(120_000)
        const found = (await look(driver)).find(({ check }) => check === 'orphaned-leases')
        assert.equal(found?.status, 'warning')
        assert.match(found.message, /^1 task/)
      },
    },
  ],
}

async function look(driver: Driver): Promise<readonly Finding[]> {
  return await facet(driver, 'diagnostics').check({ queues: [QUEUE] })
}

function assertHealthy(findings: readonly Finding[], tolerated: readonly string[] = []): void {
  for (const { subject, check, status, message } of findings) {
    assert.match(check, /^[a-z]+(-[a-z]+)*$/, 'a check has a short name')
    assert.ok(
      STATUSES.includes(status) && message.length > 0 && subject.length > 0,
      `${check} says something`,
    )
  }
  const isBad = ({ check, status }: Finding) =>
    (status === 'warning' || status === 'error') && !tolerated.includes(check)
  assert.deepEqual(findings.filter(isBad), [])
  const connectivity = findings.find(({ check }) => check === 'connectivity')
  // One that is slow to answer says so in a note.
  assert.ok(connectivity?.status === 'ok' || connectivity?.status === 'note', 'it answers')
}
