import assert from 'node:assert/strict'
import { createTasq, defineTask, typed } from '@tasq/core'
import type { Coordination, Driver } from '@tasq/core/driver'
import { assertNothingReady } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { facet } from '../context.ts'
import { assertBetween, assertSameMembers } from '../expect.ts'

const after = defineTask({ name: 'after', queue: 'afterwards', input: typed<string>() })
const job = defineTask({ name: 'job', queue: 'work', input: typed<string>() })

/** What apps and workers may ask for, through the engine, where the driver has a part in it. */
export const asking: ConformanceTopic = {
  name: 'what apps ask for',
  cases: [
    {
      name: 'workers for some levels of priority each share one queue',
      run: async (context) => {
        const producer = context.app(await context.connect(), [job])
        const ran: string[] = []
        const levels = [['critical'], ['high', 'normal'], ['low']] as const
        for (const priorities of levels) {
          const noting = job.handle((input) => void ran.push(`${input} as ${priorities.join(' or ')}`))
          await context.work(context.app(await context.connect(), [noting]), { priorities })
        }
        for (const priority of ['low', 'normal', 'critical', 'high'] as const) {
          await producer.enqueue(job, priority, { priority })
        }
        await context.until('all have run', () => ran.length >= 4)
        await context.advance(100)
        assertSameMembers(ran, [
          'critical as critical',
          'high as high or normal',
          'normal as high or normal',
          'low as low',
        ])
      },
    },
    {
      name: 'of many processes that debounce at once one stores a task, the others replace it, and it runs once',
      needs: ['inspection', 'coordination'],
      run: async (context) => {
        const drivers = await context.connectMany(5)
        const processes = drivers.map((driver) => context.app(driver, [job]))
        const debounce = { key: 'späte Störung', wait: '4s' } as const
        const before = context.elapsed
        const calls = processes.flatMap((tasq, index) =>
          [1, 2, 3].map((n) => tasq.enqueue(job, `${index} ${n}`, { debounce })),
        )
        const handles = await context.finish('the calls', Promise.all(calls))
        assert.equal(handles.filter(({ status }) => status === 'created').length, 1)
        assert.equal(new Set(handles.map(({ id }) => id)).size, 1)
        const [first = assert.fail()] = processes
        const last = context.elapsed
        await context.finish('the last call', first.enqueue(job, 'last', { debounce }))
        const ran: string[] = []
        const noting = job.handle((input) => void ran.push(input))
        await context.work(context.app(await context.connect(), [noting]))
        await context.until('it has run', () => ran.length > 0)
        if (last - before < 3_000)
          assertBetween('the time since the last call', context.elapsed - last, 3_990, 4_000 + context.lateMs)
        await context.advance(200)
        assert.deepEqual(ran, ['last'])
        await assertNothingReady(await context.connect(), 'work')
      },
    },
    {
      name: 'a debounced call that finds its task running stores another one, which runs later',
      needs: ['inspection', 'coordination'],
      run: async (context) => {
        const ran: string[] = []
        const goOn = Promise.withResolvers<void>()
        const noting = job.handle(async (input) => {
          ran.push(input)
          if (input === 'first') await goOn.promise
        })
        const tasq = context.app(await context.connect(), [noting])
        await context.work(tasq)
        const call = async (input: string) =>
          await context.finish(
            'a call',
            tasq.enqueue(noting, input, { debounce: { key: 'k', wait: '200ms' } }),
          )
        const first = await call('first')
        await context.until('it has started', () => ran.length === 1)
        const second = await call('second')
        assert.equal(second.status, 'created')
        assert.notEqual(second.id, first.id)
        await context.until('the second has run', () => ran.length === 2)
        goOn.resolve()
        assert.deepEqual(ran, ['first', 'second'])
      },
    },
    {
      name: 'what a handler enqueues is stored when its attempt completes, and not when it fails',
      run: async (context) => {
        const driver = await context.connect()
        const ran: string[] = []
        const ids: string[][] = []
        const noting = after.handle(async (input) => void ran.push(input))
        const parent = defineTask({
          name: 'parent',
          queue: 'work',
          retry: { maxAttempts: 2, delay: '50ms', jitter: 0 },
          run: async (_: undefined, { enqueue, attempt }) => {
            const near = await enqueue(after, `near ${attempt}`, { queue: 'work' })
            const far = await enqueue(after, `far ${attempt}`)
            const late = await enqueue(after, `late ${attempt}`, { delay: '300ms' })
            ids.push([near, far, late].map(({ id }) => id))
            if (attempt === 1) throw new Error('not yet')
          },
        })
        const tasq = context.app(driver, [parent, noting])
        await context.work(tasq, { queues: ['work', 'afterwards'] })
        await tasq.enqueue(parent)
        await context.until('what follows has run', () => ran.length >= 3)
        await context.advance(200)
        assertSameMembers(ran, ['near 2', 'far 2', 'late 2'])
        assert.equal(ran.at(-1), 'late 2')
        assert.deepEqual(ids[1], ids[0])
        await assertNothingReady(await context.connect(), 'work', 'afterwards')
      },
    },
    {
      name: 'of a worker that dies before its completion is written nothing follows, and what follows its rerun follows once',
      needs: ['recovery', 'token fence'],
      run: async (context) => {
        const dying = await context.connectFaulty()
        const ran: string[] = []
        let runs = 0
        const noting = after.handle(async (input) => void ran.push(input))
        const parent = defineTask({
          name: 'parent',
          queue: 'work',
          visibilityTimeout: '3s',
          retry: { delay: '50ms', jitter: 0 },
          run: async (_: undefined, { enqueue }) => {
            runs++
            await enqueue(after, `after run ${runs}`)
            if (runs === 1) dying.faults.disconnect({ silently: true })
          },
        })
        const first = context.app(dying, [parent])
        await context.work(first, { queues: ['work'] })
        await context.app(await context.connect(), [parent]).enqueue(parent)
        await context.until('it has run', () => runs === 1)
        const other = context.app(await context.connect(), [parent, noting])
        await context.work(other, { queues: ['work', 'afterwards'] })
        await context.until('what follows has run', () => ran.length > 0, 60_000)
        await context.advance(200)
        assert.deepEqual(ran, ['after run 2'])
      },
    },
    {
      name: 'what a handler tells of its progress is read in another process, and the last attempt’s counts',
      needs: ['coordination'],
      run: async (context) => {
        const driver = await context.connect()
        const [goOn, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        const telling = defineTask({
          name: 'telling',
          queue: 'work',
          retry: { maxAttempts: 2, delay: '50ms', jitter: 0 },
          run: async (_: undefined, { progress, log, attempt }) => {
            progress({ percent: attempt * 10, what: 'Störung 🐢' })
            log(`attempt ${attempt}`, { attempt })
            await (attempt === 1 ? goOn : end).promise
            if (attempt === 1) throw new Error('not yet')
          },
        })
        const tasq = context.app(driver, [telling])
        await context.work(tasq)
        const { id } = await tasq.enqueue(telling)
        const elsewhere = createTasq({
          driver: withSharedRecords(await context.connect()),
          clock: context.store.clock,
        })
        const look = () => elsewhere.handle(telling, id).progress()
        await context.until('the first attempt has told', async () => (await look())?.percent === 10)
        goOn.resolve()
        await context.until('the second attempt has told', async () => (await look())?.percent === 20)
        const told = await look()
        assert.deepEqual([told?.attempt, told?.progress], [2, { percent: 20, what: 'Störung 🐢' }])
        assert.deepEqual(
          told?.log.map(({ message, fields }) => [message, fields]),
          [['attempt 2', { attempt: 2 }]],
        )
        end.resolve()
      },
    },
  ],
}

/** The driver, typed as one that its harness says shares records. */
function withSharedRecords(driver: Driver): Driver & { readonly coordination: Coordination } {
  facet(driver, 'coordination')
  return driver as Driver & { readonly coordination: Coordination }
}
