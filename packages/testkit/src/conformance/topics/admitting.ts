import assert from 'node:assert/strict'
import { type Admission, type Driver, type Envelope, GIVES_WAY } from '@tasq/core/driver'
import {
  assertNothingReady,
  callId,
  claimOne,
  enqueue,
  enqueueOne,
  hold,
  reserveCall,
  tryEnqueue,
} from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { type CaseContext, cancellationOf, facet } from '../context.ts'
import { assertBetween, assertSame } from '../expect.ts'
import {
  bury,
  cancel,
  complete,
  failure,
  type Held,
  release,
  retry,
  settle,
  settleAll,
} from '../settlements.ts'
import { LONG_LEASE_MS, newTask, newTasks, QUEUE, refOf, SHORT_LEASE_MS } from '../tasks.ts'

const HOUR = 3_600_000

/** A store beside a broker: tasks are leased by their ids, when the broker delivers them. */
export const admitting: ConformanceTopic = {
  name: 'the ledger',
  needs: ['ledger', 'inspection'],
  cases: [
    {
      name: 'a task that waits is admitted, ready or not, as its next attempt',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = [newTask(), newTask({ delayMs: 10 * 365 * 24 * HOUR }), newTask({ priority: -100 })]
        await enqueue(driver, tasks)
        const token = callId()
        assertSame(
          await admit(
            driver,
            token,
            tasks.map(({ envelope }) => envelope),
          ),
          [
            { status: 'admitted', attempt: 1 },
            { status: 'admitted', attempt: 1 },
            { status: 'admitted', attempt: 1 },
          ],
        )
        await assertNothingReady(driver)
        const [counts] = await facet(driver, 'inspection').count([QUEUE])
        assertSame([counts?.ready, counts?.scheduled, counts?.active], [0, 0, 3])
        await settleAll(
          driver,
          tasks.map(({ envelope }) => complete(heldBy(envelope, token))),
        )
      },
    },
    {
      name: 'nothing to admit is no error',
      run: async (context) => {
        assert.deepEqual(await admit(await context.connect(), callId(), []), [])
      },
    },
    {
      name: 'a task that is not there is stored, and admitted',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = newTask()
        const held = await admitOne(driver, envelope)
        await assertNothingReady(other)
        assert.equal(await settle(other, retry(held)), 'settled')
        assert.equal((await claimOne(context, driver)).attempt, 2)
      },
    },
    {
      name: 'what was tried before counts on',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        const first = await admitOne(driver, envelope)
        await settle(driver, retry(first, { delayMs: HOUR }))
        const second = await admitOne(driver, envelope)
        assert.equal(second.attempt, 2)
        await settle(driver, release(second, { delayMs: HOUR }))
        assert.equal((await admitOne(driver, envelope)).attempt, 2)
      },
    },
    {
      name: 'a repeat under the same token changes nothing',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver)
        const token = callId()
        for (const from of [driver, other, driver]) {
          assertSame(await admit(from, token, [envelope]), [{ status: 'admitted', attempt: 1 }])
        }
      },
    },
    {
      name: 'a second delivery is told that the task is held, and for how long',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver)
        const held = await admitOne(driver, envelope)
        const [admission] = await admit(other, callId(), [envelope])
        assert.equal(admission?.status, 'held')
        assertBetween('the time', admission?.status === 'held' ? admission.forMs : -1, 1, LONG_LEASE_MS)
        assert.equal(await settle(driver, complete(held)), 'settled')
      },
    },
    {
      name: 'a task that a reserve holds is held',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await hold(context, driver)
        const [admission] = await admit(driver, callId(), [envelope])
        assert.equal(admission?.status, 'held')
      },
    },
    {
      name: 'a lease that is over is taken over, as a further attempt, and its holder is fenced',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver, { leaseMs: SHORT_LEASE_MS })
        const stale = await admitOne(driver, envelope)
        const next = await admittedInTheEnd(context, other, envelope)
        assert.equal(next.attempt, 2)
        assert.deepEqual(await driver.extend([{ lease: stale.lease, leaseMs: 1_000 }]), ['lost'])
        assert.equal(await settle(driver, complete(stale)), 'lost')
        assert.equal(await settle(other, complete(next)), 'settled')
      },
    },
    {
      name: 'a lease of a relay gives way at once, and was no attempt',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver)
        const [relayed] = await other.reserve(reserveCall({ callId: `${GIVES_WAY}${callId()}` }))
        assert.equal(relayed?.lease.id, envelope.id)
        const held = await admitOne(driver, envelope)
        assert.equal(held.attempt, 1)
        assert.equal(await settle(other, release(relayed ?? assert.fail(), { delayMs: HOUR })), 'lost')
        assert.equal(await settle(driver, complete(held)), 'settled')
      },
    },
    {
      name: 'a lease of a relay that is over was no attempt either',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver, { leaseMs: SHORT_LEASE_MS })
        await other.reserve(reserveCall({ callId: `${GIVES_WAY}${callId()}` }))
        await context.advance(2 * SHORT_LEASE_MS)
        const held = await admitOne(driver, envelope)
        assert.equal(held.attempt, 1)
        assert.equal(await settle(driver, retry(held)), 'settled')
        assert.equal((await claimOne(context, driver)).attempt, 2)
      },
    },
    {
      name: 'a lease that is renewed is not taken over',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver, { leaseMs: 4_000 })
        const held = await admitOne(driver, envelope)
        assert.deepEqual(await driver.extend([{ lease: held.lease, leaseMs: LONG_LEASE_MS }]), ['held'])
        await context.advance(4_200)
        assert.equal((await admit(other, callId(), [envelope]))[0]?.status, 'held')
      },
    },
    isFinishedBy('completing', (held) => complete(held, { keepMs: HOUR })),
    isFinishedBy('cancelling', (held) => cancel(held, { keepMs: HOUR })),
    {
      name: 'a task that was enqueued again after its end is admitted, as the new one',
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver)
        await settle(driver, complete(await admitOne(driver, task.envelope), { keepMs: HOUR }))
        await enqueue(driver, [task])
        assert.equal((await admitOne(driver, task.envelope)).attempt, 1)
      },
    },
    {
      name: 'a task that was cancelled while it waited is finished',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver, { delayMs: HOUR })
        assert.deepEqual(await cancellationOf(driver).cancel([{ ref: refOf({ envelope }), keepMs: HOUR }]), [
          'cancelled',
        ])
        assertSame(await admit(driver, callId(), [envelope]), [{ status: 'finished' }])
      },
    },
    {
      name: 'a task among the dead letters is said to be there, with why',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        const why = failure({ message: 'it broke for good' })
        const held = await admitOne(driver, envelope)
        await settle(driver, bury(held, { reason: 'permanent', failure: why, attempts: 3 }))
        const [admission] = await admit(driver, callId(), [envelope])
        assert.equal(admission?.status, 'dead')
        if (admission?.status !== 'dead') return
        assertSame([admission.reason, admission.failure, admission.attempts], ['permanent', why, 3])
        assertBetween('how long it is kept', admission.keepMs, HOUR - 60_000, HOUR)
      },
    },
    {
      name: 'a dead letter that was sent back is admitted again, from the first attempt',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        await settle(driver, bury(await admitOne(driver, envelope)))
        assert.equal(await driver.deadLetters.retry({ queue: QUEUE, ids: [envelope.id] }, 1), 1)
        assert.equal((await admitOne(driver, envelope)).attempt, 1)
      },
    },
    {
      name: 'a cancel mark stays on a task that is taken over',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(driver, { leaseMs: SHORT_LEASE_MS })
        await admitOne(driver, envelope)
        assert.deepEqual(await cancellationOf(other).cancel([{ ref: refOf({ envelope }), reason: 'why' }]), [
          'requested',
        ])
        const next = await admittedInTheEnd(context, other, envelope)
        assert.deepEqual(await other.extend([{ lease: next.lease, leaseMs: 1_000 }]), ['cancelled'])
        assert.equal(await settle(other, retry(next)), 'cancelled')
      },
    },
    {
      name: 'its unique key is held until it ends',
      run: async (context) => {
        const driver = await context.connect()
        const unique = { key: 'k' }
        const { envelope } = await enqueueOne(driver, { unique })
        const held = await admitOne(driver, envelope)
        assertSame(await tryEnqueue(driver, newTask({ unique })), { status: 'duplicate', of: envelope.id })
        await settle(driver, complete(held))
        assertSame(await tryEnqueue(driver, newTask({ unique })), { status: 'created' })
      },
    },
    {
      name: 'of a large batch each is answered for itself, in order',
      run: async (context) => {
        const driver = await context.connect()
        const count = Math.min(driver.limits.maxBatch, 300)
        const tasks = newTasks(count)
        await enqueue(
          driver,
          tasks.filter((_, index) => index % 3 !== 0),
        )
        const done = tasks.filter((_, index) => index % 7 === 1)
        const doneToken = callId()
        await admit(
          driver,
          doneToken,
          done.map(({ envelope }) => envelope),
        )
        await settleAll(
          driver,
          done.map(({ envelope }) => complete(heldBy(envelope, doneToken), { keepMs: HOUR })),
        )
        const answers = await admit(
          driver,
          callId(),
          tasks.map(({ envelope }) => envelope),
        )
        assert.deepEqual(
          answers.map(({ status }) => status),
          tasks.map((_, index) => (index % 7 === 1 ? 'finished' : 'admitted')),
        )
      },
    },
    {
      name: 'of many who race for a task exactly one gets it',
      run: async (context) => {
        const drivers = await context.connectMany(5)
        const first = drivers[0] ?? assert.fail()
        const stored = newTasks(20)
        const tasks = [...stored, ...newTasks(20)].map(({ envelope }) => envelope)
        await enqueue(first, stored)
        const answers = await Promise.all(
          drivers.map((driver, index) =>
            admit(driver, callId(), index % 2 === 0 ? tasks : [...tasks].reverse()),
          ),
        )
        tasks.forEach((_, position) => {
          const said = answers.map((each, index) =>
            index % 2 === 0 ? each[position] : each[tasks.length - 1 - position],
          )
          const statuses = said.map((admission) => admission?.status).sort()
          assert.deepEqual(statuses, ['admitted', 'held', 'held', 'held', 'held'])
        })
      },
    },
  ],
}

function isFinishedBy(what: string, end: (held: Held) => Parameters<typeof settle>[1]): ConformanceCase {
  return {
    name: `${what} finishes it: it is not admitted again`,
    run: async (context) => {
      const [driver, other] = await Promise.all([context.connect(), context.connect()])
      const { envelope } = await enqueueOne(driver)
      assert.equal(await settle(driver, end(await admitOne(driver, envelope))), 'settled')
      assertSame(await admit(other, callId(), [envelope]), [{ status: 'finished' }])
      await assertNothingReady(other)
    },
  }
}

async function admit(
  driver: Driver,
  token: string,
  tasks: readonly Envelope[],
): Promise<readonly Admission[]> {
  return await facet(driver, 'ledger').admit({ token, tasks })
}

/** Admits what must be free. */
async function admitOne(driver: Driver, envelope: Envelope): Promise<Held> {
  const token = callId()
  const [admission] = await admit(driver, token, [envelope])
  assert.equal(admission?.status, 'admitted')
  return { ...heldBy(envelope, token), attempt: admission?.status === 'admitted' ? admission.attempt : 0 }
}

/** Admits what another still holds, once that lease is over. */
async function admittedInTheEnd(context: CaseContext, driver: Driver, envelope: Envelope): Promise<Held> {
  let held: Held | undefined
  await context.until('the lease is over', async () => {
    const token = callId()
    const [admission] = await admit(driver, token, [envelope])
    if (admission?.status === 'admitted') held = { ...heldBy(envelope, token), attempt: admission.attempt }
    return held !== undefined
  })
  return held ?? assert.fail()
}

function heldBy({ queue, id }: Envelope, token: string): Held {
  return { lease: { queue, id, token }, attempt: 1 }
}
