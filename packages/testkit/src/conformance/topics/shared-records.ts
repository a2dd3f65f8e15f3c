import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Driver, RecordWrite, WriteCall } from '@tasq/core/driver'
import { assertNothingReady, claim, claimOne, enqueueOne, hold, idsOfHeld, reserveCall } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { facet } from '../context.ts'
import { assertBetween, assertSame } from '../expect.ts'
import { complete, settle } from '../settlements.ts'
import { idsOf, newTask, newTasks, QUEUE } from '../tasks.ts'

export const sharedRecords: ConformanceTopic = {
  name: 'shared records',
  needs: ['coordination'],
  cases: [
    {
      name: 'what one process writes another reads, by kind and scope',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const value = '{"späte":"Störung 🐢 \\u0000 it\'s"}'
        await written(driver, '', put('control', 'a', value))
        await written(driver, 'queue one', put('control', 'a', 'one'), put('control', 'b:c', 'two'))
        await written(driver, 'queue one', put('other', 'a', 'three'))
        assertSame(await valuesOf(other, 'control', ''), { ' a': value })
        const ofQueue = { 'queue one a': 'one', 'queue one b:c': 'two' }
        assertSame(await valuesOf(other, 'control', 'queue one'), ofQueue)
        assertSame(await valuesOf(other, 'control'), { ' a': value, ...ofQueue })
        assertSame(await valuesOf(other, 'other'), { 'queue one a': 'three' })
        assertSame(await valuesOf(other, 'control', 'queue two'), {})
        assertSame(await valuesOf(other, 'missing'), {})
      },
    },
    {
      name: 'a record says its version, and is replaced and removed as a whole',
      run: async (context) => {
        const driver = await context.connect()
        await written(driver, '', put('kind', 'a', 'one', { ttlMs: 60_000 }))
        const second = put('kind', 'a', 'x'.repeat(60_000))
        await written(driver, '', second)
        const { records } = await facet(driver, 'coordination').read('kind')
        const { value, version } = second
        const expiresAt = undefined
        assertSame(records, [{ scope: '', kind: 'kind', key: 'a', value, version, expiresAt }])
        await written(driver, '', remove('kind', 'a'))
        assertSame(await valuesOf(driver, 'kind'), {})
        await written(driver, '', remove('kind', 'a'))
      },
    },
    {
      name: 'a condition that does not hold changes nothing, in the other records of the call too',
      run: async (context) => {
        const driver = await context.connect()
        const first = put('kind', 'a', 'one', { ifVersion: null })
        await written(driver, '', first)
        await refused(driver, '', put('kind', 'b', 'other'), put('kind', 'a', 'two', { ifVersion: null }))
        await refused(
          driver,
          '',
          put('kind', 'b', 'other'),
          put('kind', 'a', 'two', { ifVersion: randomUUID() }),
        )
        await refused(driver, '', put('kind', 'b', 'other', { ifVersion: first.version }))
        await refused(driver, '', remove('kind', 'a', { ifVersion: null }))
        assertSame(await valuesOf(driver, 'kind'), { ' a': 'one' })
        const second = put('kind', 'a', 'two', { ifVersion: first.version })
        await written(driver, '', second, put('kind', 'b', 'other', { ifVersion: null }))
        assertSame(await valuesOf(driver, 'kind'), { ' a': 'two', ' b': 'other' })
        await refused(driver, '', remove('kind', 'a', { ifVersion: first.version }))
        await written(driver, '', remove('kind', 'a', { ifVersion: second.version }))
        assertSame(await valuesOf(driver, 'kind'), { ' b': 'other' })
      },
    },
    {
      name: 'of many who change the same state, one does',
      run: async (context) => {
        const drivers = await context.connectMany(5)
        let ifVersion: string | null = null
        for (let round = 0; round < 5; round++) {
          const calls = drivers.map((_, index) => put('kind', 'a', `${index}`, { ifVersion }))
          const answers = await Promise.all(
            calls.map((each, index) =>
              write(drivers[index] ?? assert.fail(), { scope: QUEUE, writes: [each] }),
            ),
          )
          const winners = calls.filter((_, index) => answers[index] === 'written')
          assert.equal(winners.length, 1)
          const { records } = await facet(drivers[0] ?? assert.fail(), 'coordination').read('kind', QUEUE)
          assert.deepEqual([records[0]?.version], [winners[0]?.version])
          ifVersion = winners[0]?.version ?? null
        }
      },
    },
    {
      name: 'a repeated write answers as before and changes nothing, its tasks are stored once',
      run: async (context) => {
        const driver = await context.connect()
        const call = {
          scope: QUEUE,
          writes: [put('kind', 'a', 'one', { ifVersion: null })],
          tasks: newTasks(1),
        }
        assert.equal(await write(driver, call), 'written')
        assert.equal(await write(driver, call), 'written')
        await settle(driver, complete(await claimOne(context, driver)))
        assert.equal(await write(driver, call), 'written')
        await assertNothingReady(driver)
        await written(driver, QUEUE, put('kind', 'a', 'two'))
        assert.equal(await write(driver, call), 'conflict')
        await assertNothingReady(driver)
        assertSame(await valuesOf(driver, 'kind'), { [`${QUEUE} a`]: 'two' })
      },
    },
    {
      name: 'tasks are stored with the write, whole, and with their times',
      run: async (context) => {
        const driver = await context.connect()
        const { now } = await facet(driver, 'coordination').read('kind')
        const task = newTask({ headers: { of: 'a schedule' }, priority: 50 })
        const later = newTask({ dueAt: now + 600 })
        const writes = [put('kind', 'a', 'one')]
        await write(driver, { scope: QUEUE, writes, tasks: [task, later] })
        assertSame((await claimOne(context, driver)).envelope, task.envelope)
        const delivery = await claimOne(context, driver)
        assert.equal(delivery.lease.id, later.envelope.id)
        assertBetween('the time of delivery', delivery.now - now, 600, 600 + context.lateMs)
      },
    },
    {
      name: 'a task whose id or unique key is held is not stored, and stops nothing',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        const unique = { key: 'held' }
        const waiting = await enqueueOne(driver, { unique, delayMs: 60_000 })
        const tasks = [newTask({ unique }), newTask({ id: waiting.envelope.id }), newTask()]
        assert.equal(await write(driver, { scope: QUEUE, writes: [put('kind', 'a', '')], tasks }), 'written')
        assert.deepEqual(idsOfHeld(await claim(context, driver, 1)), idsOf(tasks.slice(2)))
        await assertNothingReady(driver)
      },
    },
    {
      name: 'where many write the same change with a task, there is one task',
      run: async (context) => {
        const drivers = await context.connectMany(5)
        let ifVersion: string | null = null
        for (let round = 0; round < 3; round++) {
          const calls = drivers.map(
            (): WriteCall => ({
              scope: QUEUE,
              writes: [put('tick', 'nightly', `${round}`, { ifVersion })],
              tasks: newTasks(1),
            }),
          )
          const answers = await Promise.all(
            calls.map((call, index) => write(drivers[index] ?? assert.fail(), call)),
          )
          const winner = calls.find((_, index) => answers[index] === 'written')
          const driver = drivers[0] ?? assert.fail()
          assert.deepEqual(idsOfHeld(await claim(context, driver, 1)), idsOf(winner?.tasks ?? []))
          await assertNothingReady(driver)
          ifVersion = winner?.writes[0]?.version ?? null
        }
      },
    },
    {
      name: 'tasks that are stored with a write wake those who wait',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const deliveries = other.reserve(reserveCall({ waitMs: 12_000 }))
        await context.advance(100)
        const tasks = newTasks(1)
        await write(driver, { scope: QUEUE, writes: [put('kind', 'a', 'one')], tasks })
        assert.deepEqual(idsOfHeld(await context.finish('the reserve', deliveries, 10_000)), idsOf(tasks))
      },
    },
    {
      name: 'a record ends when its time is over, and is then as if it had never been',
      run: async (context) => {
        const driver = await context.connect()
        const first = put('kind', 'a', 'one', { ttlMs: 4_000 })
        await written(driver, '', first, put('kind', 'b', 'stays'))
        const { records, now } = await facet(driver, 'coordination').read('kind')
        const expiresAt = records.find(({ key }) => key === 'a')?.expiresAt ?? Number.NaN
        assertBetween('the end of the record', expiresAt - now, 1, 4_000)
        await refused(driver, '', put('kind', 'a', 'two', { ifVersion: null }))
        await context.advance(4_050)
        assertSame(await valuesOf(driver, 'kind'), { ' b': 'stays' })
        await refused(driver, '', put('kind', 'a', 'two', { ifVersion: first.version }))
        await written(driver, '', put('kind', 'a', 'two', { ifVersion: null, ttlMs: 60_000 }))
        assertSame(await valuesOf(driver, 'kind'), { ' a': 'two', ' b': 'stays' })
      },
    },
    {
      name: 'a write begins the time of a record anew',
      run: async (context) => {
        const driver = await context.connect()
        await written(driver, '', put('kind', 'a', 'one', { ttlMs: 300 }))
        await written(driver, '', put('kind', 'a', 'two', { ttlMs: 60_000 }))
        await context.advance(400)
        assertSame(await valuesOf(driver, 'kind'), { ' a': 'two' })
      },
    },
    {
      name: 'what is over is removed by retention',
      needs: ['retention', 'own store'],
      run: async (context) => {
        const driver = await context.connect()
        await written(driver, '', put('kind', 'a', 'one', { ttlMs: 100 }), put('kind', 'b', 'two'))
        await written(driver, QUEUE, put('kind', 'a', 'one', { ttlMs: 100 }))
        await context.advance(200)
        assert.equal(await facet(driver, 'retention').trim(1), 1)
        assert.equal(await facet(driver, 'retention').trim(100), 1)
        assert.equal(await facet(driver, 'retention').trim(100), 0)
        assertSame(await valuesOf(driver, 'kind'), { ' b': 'two' })
      },
    },
    {
      name: 'time is the backend’s, whatever the clock of a process says',
      needs: ['backend clock'],
      run: async (context) => {
        const fast = await context.connect({ clockSkewMs: 3_600_000 })
        const driver = await context.connect()
        await written(fast, '', put('kind', 'a', 'one', { ttlMs: 60_000 }))
        const [mine, theirs] = await Promise.all(
          [driver, fast].map((each) => facet(each, 'coordination').read('kind')),
        )
        assertBetween('the difference of their clocks', (theirs?.now ?? 0) - (mine?.now ?? 0), -5_000, 5_000)
        assert.equal(mine?.records.length, 1)
        assert.equal(theirs?.records.length, 1)
        const expiresAt = mine?.records[0]?.expiresAt ?? Number.NaN
        assertBetween('the time that is left', expiresAt - (mine?.now ?? 0), 1, 60_000)
        const { now } = await hold(context, driver)
        assertBetween('the backend’s clock', now - (mine?.now ?? 0), -1_000, 10_000)
      },
    },
  ],
}

type Fields = Partial<Pick<RecordWrite, 'ttlMs' | 'ifVersion'>>

function put(kind: string, key: string, value: string, fields: Fields = {}): RecordWrite {
  return { kind, key, value, version: randomUUID(), ...fields }
}

function remove(kind: string, key: string, fields: Fields = {}): RecordWrite {
  return { kind, key, value: undefined, version: randomUUID(), ...fields }
}

async function write(driver: Driver, call: WriteCall): Promise<'written' | 'conflict'> {
  return await facet(driver, 'coordination').write(call)
}

async function written(driver: Driver, scope: string, ...writes: readonly RecordWrite[]): Promise<void> {
  assert.equal(await write(driver, { scope, writes }), 'written')
}

async function refused(driver: Driver, scope: string, ...writes: readonly RecordWrite[]): Promise<void> {
  assert.equal(await write(driver, { scope, writes }), 'conflict')
}

/** Values by scope and key. */
async function valuesOf(driver: Driver, kind: string, scope?: string): Promise<Record<string, string>> {
  const { records } = await facet(driver, 'coordination').read(kind, scope)
  return Object.fromEntries(records.map((each) => [`${each.scope} ${each.key}`, each.value]))
}
