import { setTimeout } from 'node:timers/promises'
import type { Delivery, Driver } from '@tasq/core/driver'
import {
  bury,
  callId,
  cancel,
  complete,
  newTask,
  newTasks,
  QUEUE,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import type { FaultyStore, TestedDriver } from './store.ts'

/** More answers than any operation has. */
const MOST_ANSWERS = 20
const KEEP_MS = 60_000

/** Makes a call of whose answers one is lost; resolves to what it gave, or to its error. */
type Attempt = <Value>(call: () => Promise<Value>) => Promise<Value | Error>

/**
 * The connection is cut after a request was sent and before its answer came, at each of the answers of an operation in turn: a
 * repeat of the call does no harm and says what is.
 */
export function describeLostAnswers(openStore: () => Promise<FaultyStore>): void {
  test('an answer to enqueue is lost: the repeat stores nothing twice', async () => {
    await atEachAnswer(await openStore(), async (driver, attempt) => {
      const call = { callId: callId(), tasks: newTasks(2) }
      await attempt(() => driver.enqueue(call))
      expect(await driver.enqueue(call)).toEqual([{ status: 'created' }, { status: 'created' }])
      const held = await driver.reserve(reserveCall({ max: 10 }))
      expect(idsOf(held)).toEqual(call.tasks.map(({ envelope }) => envelope.id))
      await completeAll(driver, held)
    })
  })

  test('an answer to reserve is lost: the repeat gives what is held, and no attempt is burned', async () => {
    await atEachAnswer(await openStore(), async (driver, attempt) => {
      const tasks = newTasks(2)
      await driver.enqueue({ callId: callId(), tasks })
      const call = reserveCall({ max: 10 })
      await attempt(() => driver.reserve(call))
      const repeated = await driver.reserve({ ...call, repeat: true })
      const held = [...repeated, ...(await driver.reserve(reserveCall({ max: 10 })))]
      expect(idsOf(held)).toEqual(tasks.map(({ envelope }) => envelope.id))
      expect(held.map((each) => each.attempt)).toEqual([1, 1])
      await completeAll(driver, held)
    })
  })

  test('an answer to extend is lost: the repeat finds the lease held', async () => {
    await atEachAnswer(await openStore(), async (driver, attempt) => {
      await driver.enqueue({ callId: callId(), tasks: [newTask()] })
      const held = await driver.reserve(reserveCall())
      const extensions = held.map(({ lease }) => ({ lease, leaseMs: KEEP_MS }))
      await attempt(() => driver.extend(extensions))
      expect(await driver.extend(extensions)).toEqual(['held'])
      await completeAll(driver, held)
    })
  })

  test('an answer to settle is lost: the repeat changes nothing, and each settlement is written once', async () => {
    await atEachAnswer(await openStore(), async (driver, attempt) => {
      await driver.enqueue({ callId: callId(), tasks: newTasks(6) })
      const [done, kept, again, back, dead, given] = await driver.reserve(reserveCall({ max: 10 }))
      if (!done || !kept || !again || !back || !dead || !given) throw new Error('not all were reserved')
      const settlements = [
        complete(done),
        complete(kept, { keepMs: KEEP_MS }),
        retry(again),
        release(back),
        bury(dead),
        cancel(given, { keepMs: KEEP_MS }),
      ]
      await attempt(() => driver.settle(settlements))
      for (const answer of await driver.settle(settlements)) expect(['settled', 'gone']).toContain(answer)
      const [counts] = await driver.inspection.count([QUEUE])
      expect(counts).toMatchObject({ ready: 2, scheduled: 0, active: 0, dead: 1, finished: 2 })
      const left = await driver.reserve(reserveCall({ max: 10 }))
      expect(Object.fromEntries(left.map(({ lease, attempt }) => [lease.id, attempt]))).toEqual({
        [again.lease.id]: 2,
        [back.lease.id]: 1,
      })
      await completeAll(driver, left)
      await driver.deadLetters.purge({ queue: QUEUE }, 10)
      for (const { lease } of [kept, given]) await driver.inspection.remove(lease)
    })
  })

  test('an answer to recover is lost: what it took over is recovered again', async () => {
    await atEachAnswer(await openStore(), async (driver, attempt) => {
      await driver.enqueue({ callId: callId(), tasks: [newTask({ leaseMs: 50 })] })
      await driver.reserve(reserveCall())
      await setTimeout(100)
      const recover = () => driver.recovery.recover({ callId: callId(), max: 10, leaseMs: 50 })
      await attempt(recover)
      let lost = await recover()
      while (lost.length === 0) lost = await recover()
      expect(lost.map((each) => each.attempt)).toEqual([1])
      expect(await driver.settle(lost.map((each) => complete(each)))).toEqual(['settled'])
    })
  })
}

/** Runs a scene again and again, with the first, then the second answer lost, until its operation has no more of them. */
async function atEachAnswer(
  store: FaultyStore,
  scene: (driver: TestedDriver, attempt: Attempt) => Promise<void>,
): Promise<void> {
  let lost = 0
  for (let index = 0, isLost = true; isLost; index++) {
    expect(index, 'answers of one operation').toBeLessThan(MOST_ANSWERS)
    const driver = store.proxied()
    await driver.open()
    await scene(driver, async (call) => {
      store.proxy.loseAnswer(index)
      const outcome = await call().catch((error: Error) => error)
      isLost = store.proxy.settle()
      if (outcome instanceof Error) expect(outcome).toMatchObject({ retryable: true })
      return outcome
    })
    if (isLost) lost++
    await driver.close()
  }
  expect(lost, 'answers that were lost').toBeGreaterThan(0)
}

async function completeAll(driver: Driver, held: readonly Delivery[]): Promise<void> {
  const answers = await driver.settle(held.map((each) => complete(each)))
  expect(answers).toEqual(held.map(() => 'settled'))
}

function idsOf(held: readonly Delivery[]): readonly string[] {
  return held.map(({ lease }) => lease.id)
}
