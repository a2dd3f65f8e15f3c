import assert from 'node:assert/strict'
import { callId, claimOne, enqueue, enqueueOne, reserveCall } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertTasqError } from '../expect.ts'
import { bury, complete, settle } from '../settlements.ts'
import { newTask } from '../tasks.ts'

export const lifecycle: ConformanceTopic = {
  name: 'opening and closing',
  cases: [
    {
      name: 'opening again changes nothing',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        await Promise.all([driver.open(), driver.open()])
        const delivery = await claimOne(context, driver)
        assert.equal(delivery.lease.id, envelope.id)
      },
    },
    {
      name: 'many processes may open an empty store at once [C16]',
      run: async (context) => {
        const drivers = await context.connectMany(6)
        await Promise.all(drivers.map((driver) => enqueueOne(driver)))
        for (const driver of drivers) await claimOne(context, driver)
      },
    },
    {
      name: 'closing again changes nothing',
      run: async (context) => {
        const driver = await context.connect()
        await driver.close()
        await driver.close()
        await context.store.driver().close()
      },
    },
    {
      name: 'one process may close while others go on',
      run: async (context) => {
        const [staying, leaving] = await Promise.all([context.connect(), context.connect()])
        const { envelope } = await enqueueOne(leaving)
        await leaving.close()
        const delivery = await claimOne(context, staying)
        assert.equal(delivery.lease.id, envelope.id)
      },
    },
    {
      name: 'what was stored is there for the next process',
      run: async (context) => {
        const first = await context.connect()
        const [waiting, doomed] = [newTask({ queue: 'waiting' }), newTask({ queue: 'doomed' })]
        await enqueue(first, [waiting, doomed])
        await settle(first, bury(await claimOne(context, first, { queue: 'doomed' })))
        await first.close()
        const second = await context.connect()
        const delivery = await claimOne(context, second, { queue: 'waiting' })
        assert.equal(delivery.lease.id, waiting.envelope.id)
        assert.deepEqual(await second.deadLetters.count(['doomed']), [1])
      },
    },
    {
      name: 'a closed driver may be opened again',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        await driver.close()
        await driver.open()
        const delivery = await claimOne(context, driver)
        assert.equal(delivery.lease.id, envelope.id)
        assert.equal(await settle(driver, complete(delivery)), 'settled')
      },
    },
    {
      name: 'calls after close reject with a TasqError',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        const delivery = await claimOne(context, driver)
        await driver.close()
        await assertTasqError(driver.enqueue({ callId: 'late', tasks: [newTask()] }), 'enqueue')
        await assertTasqError(driver.reserve(reserveCall()), 'reserve')
        await assertTasqError(driver.extend([{ lease: delivery.lease, leaseMs: 1_000 }]), 'extend')
        await assertTasqError(driver.settle([complete(delivery)]), 'settle')
      },
    },
    {
      name: 'closing ends a reserve, at whatever moment',
      run: async (context) => {
        for (let ms = 0; ms < 25; ms++) {
          const driver = await context.connect()
          const call = reserveCall({ queues: [{ name: `closing-${ms}`, max: 1 }], waitMs: 600_000 })
          const waiting = driver.reserve(call).then(
            (deliveries) => assert.deepEqual(deliveries, []),
            (error: unknown) => assertTasqError(Promise.reject(error), 'a waiting reserve'),
          )
          if (ms > 0) await context.advance(ms)
          await driver.close()
          await context.finish(`the reserve of a driver that is closed ${ms} ms later`, waiting, 5_000)
        }
      },
    },
    {
      name: 'closing ends all calls that are under way',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        const delivery = await claimOne(context, driver)
        const calls = [
          ...Array.from({ length: 30 }, () => driver.enqueue({ callId: callId(), tasks: [newTask()] })),
          ...Array.from({ length: 30 }, (_, index) =>
            driver.reserve(reserveCall({ queue: `closing-${index}` })),
          ),
          driver.extend([{ lease: delivery.lease, leaseMs: 1_000 }]),
          driver.settle([complete(delivery)]),
        ]
        const outcomes = Promise.allSettled(calls)
        await driver.close()
        for (const outcome of await context.finish('calls of a driver that is closed', outcomes, 10_000)) {
          if (outcome.status === 'rejected') await assertTasqError(Promise.reject(outcome.reason), 'a call')
        }
      },
    },
  ],
}
