import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, test } from 'vitest'
import {
  defineTask,
  discard,
  type FollowUp,
  FollowUpError,
  InvalidInputError,
  InvalidOptionError,
  snooze,
  type TaskContext,
  typed,
  UnknownTaskError,
} from '../../src/index.ts'
import { derivedTaskId } from '../../src/runtime/ids.ts'
import { refusal } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { eventually, type StageOptions, stage } from '../support/stage.ts'

const even: StandardSchemaV1<number, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'odd' }] },
  },
}

const after = defineTask({ name: 'after', queue: 'afterwards', input: even })

/** One parent, whose handler is the test's. */
function parentOf(
  run: (context: TaskContext) => unknown,
  options: StageOptions<readonly []> & { readonly maxAttempts?: number } = {},
) {
  const { maxAttempts = 3, ...rest } = options
  const parent = defineTask({
    name: 'parent',
    queue: 'parents',
    retry: { maxAttempts, delay: '1s', jitter: 0 },
    run: (_: undefined, context) => run(context),
  })
  const on = stage<readonly [typeof parent, typeof after]>({ ...rest, tasks: [parent, after] })
  const work = async () => {
    await on.tasq.worker({ queues: ['parents'] }).start()
    return await on.tasq.enqueue(parent)
  }
  const waiting = async () => {
    const inQueue = async (queue: string) => [
      ...(await on.tasq.queue(queue).tasks('ready')).items,
      ...(await on.tasq.queue(queue).tasks('scheduled')).items,
    ]
    return [...(await inQueue('afterwards')), ...(await inQueue('elsewhere'))]
  }
  return { ...on, work, waiting }
}

describe('follow-ups', () => {
  test('are stored with the completion, with their options, and told afterwards', async () => {
    const goOn = Promise.withResolvers<void>()
    const held: FollowUp[] = []
    const { clock, work, waiting, log, driver } = parentOf(async ({ enqueue }) => {
      held.push(await enqueue(after, 2))
      held.push(await enqueue(after, 4, { queue: 'elsewhere', delay: '1m', priority: 'high' }))
      held.push(await enqueue('after', 6))
      await goOn.promise
    })
    const parent = await work()
    await eventually(clock, () => held.length === 3)
    expect([await waiting(), log.count('task:enqueued')]).toEqual([[], 1])
    goOn.resolve()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(await waiting()).toMatchObject([
      { id: held[0]?.id, queue: 'afterwards', task: 'after', input: 2 },
      { id: held[2]?.id, queue: 'afterwards', task: 'after', input: 6 },
      { id: held[1]?.id, queue: 'elsewhere', input: 4, priority: 50, state: 'scheduled' },
    ])
    expect(held.map(({ task, queue }) => [task, queue])).toEqual([
      ['after', 'afterwards'],
      ['after', 'elsewhere'],
      ['after', 'afterwards'],
    ])
    expect(log.of('task:enqueued').map(({ id }) => id)).toEqual([parent.id, ...held.map(({ id }) => id)])
    expect(log.told('task:completed', 'task:enqueued').at(1)).toBe('task:completed')
    expect(driver.settles.flat()).toHaveLength(1)
  })

  test('have ids that another run of the same task repeats', async () => {
    const ids: string[][] = []
    const { clock, work, waiting, log } = parentOf(async ({ enqueue, attempt }) => {
      const held = [await enqueue(after, 2), await enqueue(after, 4)]
      ids.push(held.map(({ id }) => id))
      if (attempt === 1) throw new Error('not yet')
    })
    const { id } = await work()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(ids[1]).toEqual(ids[0])
    expect(new Set(ids[0]).size).toBe(2)
    expect(ids[0]?.[0]).toBe(derivedTaskId({ queue: 'parents', id }, 0))
    expect((await waiting()).map((each) => each.id)).toEqual(ids[0])
  })

  test.each<[string, (context: TaskContext) => unknown, string]>([
    ['that fails', () => Promise.reject(new Error('no')), 'task:dead'],
    ['that is snoozed', () => snooze('1h'), 'task:released'],
    ['that is discarded', () => discard('no use'), 'task:cancelled'],
  ])('of an attempt %s are forgotten', async (_, end, event) => {
    const { clock, work, waiting, log, store } = parentOf(
      async (context) => {
        await context.enqueue(after, 2)
        return await end(context)
      },
      { maxAttempts: 1 },
    )
    await work()
    await eventually(clock, () => log.names.some((name) => name === event))
    expect(await waiting()).toEqual([])
    expect([...store.live.values()].filter(({ envelope }) => envelope.task === 'after')).toEqual([])
  })

  test('of a task that is cancelled are forgotten', async () => {
    const { clock, work, waiting, log } = parentOf(async ({ enqueue, signal }) => {
      await enqueue(after, 2)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      signal.throwIfAborted()
    })
    const handle = await work()
    await eventually(clock, () => log.count('task:started') === 1)
    await handle.cancel()
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(await waiting()).toEqual([])
  })

  test('of a completion that comes too late are not stored', async () => {
    const { clock, work, waiting, log, driver } = parentOf(
      async ({ enqueue }) => void (await enqueue(after, 2)),
    )
    driver.settleAnswer = () => 'lost'
    await work()
    await eventually(clock, () => log.count('task:lost') === 1)
    expect([await waiting(), log.count('task:enqueued')]).toEqual([[], 1])
  })

  test('that the backend refuses with the completion are not stored, and the parent is dead', async () => {
    const { clock, work, waiting, log, driver } = parentOf(
      async ({ enqueue }) => void (await enqueue(after, 2)),
    )
    driver.settleAnswer = ({ kind }) => (kind === 'complete' ? { rejected: refusal() } : 'settled')
    await work()
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(await waiting()).toEqual([])
  })

  test('with a unique key that is taken are not stored, and not told', async () => {
    const { clock, tasq, work, waiting, log } = parentOf(async ({ enqueue }) => {
      await enqueue(after, 2, { unique: { key: 'one' } })
    })
    const first = await tasq.enqueue(after, 4, { unique: { key: 'one' } })
    await work()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect((await waiting()).map(({ id }) => id)).toEqual([first.id])
    expect(log.count('task:enqueued')).toBe(2)
  })

  test('go through the middleware, which may add headers', async () => {
    const { clock, work, waiting, log } = parentOf(
      async ({ enqueue }) => void (await enqueue(after, 2, { headers: { a: '1' } })),
      {
        middleware: [
          {
            enqueue: (context, next) => {
              context.headers.trace = context.task
              return next()
            },
          },
        ],
      },
    )
    await work()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect((await waiting())[0]?.headers).toEqual({ a: '1', trace: 'after' })
  })

  test('that are still being checked when the handler ends are waited for', async () => {
    const goOn = Promise.withResolvers<void>()
    const { clock, work, waiting, log } = parentOf(
      ({ enqueue }) => {
        enqueue(after, 2)
        enqueue(after, 4)
      },
      {
        middleware: [
          {
            enqueue: async ({ input }, next) => {
              if (input === 2) await goOn.promise
              return await next()
            },
          },
        ],
      },
    )
    await work()
    await clock.advance(100)
    expect(log.count('task:completed')).toBe(0)
    goOn.resolve()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect((await waiting()).map(({ input }) => input)).toEqual([2, 4])
  })
})

/** What a call in the handler throws; the others of the attempt are stored all the same. */
async function refused<Kind extends Error>(
  call: (context: TaskContext) => Promise<unknown>,
  kind: abstract new (...parameters: never[]) => Kind,
  limits: StageOptions<readonly []>['limits'] = {},
): Promise<Kind> {
  const met = Promise.withResolvers<Kind>()
  const { clock, work, log } = parentOf(
    async (context) => {
      await rejection(call(context), kind).then(met.resolve, met.reject)
    },
    { limits },
  )
  await work()
  await eventually(clock, () => log.count('task:completed') === 1)
  return await met.promise
}

describe('the handler meets at once', () => {
  test('an input that the schema refuses', async () => {
    const error = await refused(({ enqueue }) => enqueue(after, 3), InvalidInputError)
    expect(error.message).toContain("'after'")
  })

  test('a name that nobody knows', async () => {
    await refused(({ enqueue }) => enqueue('befor', 3), UnknownTaskError)
  })

  test.each(['tx', 'debounce'])('the option %s', async (option) => {
    const error = await refused(({ enqueue }) => enqueue(after, 2, { [option]: {} }), InvalidOptionError)
    expect(error.option).toBe(option)
  })

  test('one too many', async () => {
    const error = await refused(async ({ enqueue }) => {
      for (let n = 0; n <= 1_000; n++) await enqueue(after, 2)
    }, FollowUpError)
    expect(error.message).toContain('1000')
  })

  test('too many bytes', async () => {
    const big = defineTask({ name: 'big', input: typed<Uint8Array>() })
    const error = await refused(
      async ({ enqueue }) => {
        for (let n = 0; n < 6; n++) await enqueue(big, new Uint8Array(1_000))
      },
      FollowUpError,
      { maxBatchBytes: 10_000 },
    )
    expect(error.message).toMatch(/take \d+ bytes, and may take 5000/)
  })
})

test('when the attempt is over, nothing may follow', async () => {
  const late = Promise.withResolvers<TaskContext>()
  const { clock, work, log } = parentOf((context) => late.resolve(context))
  await work()
  await eventually(clock, () => log.count('task:completed') === 1)
  const { enqueue } = await late.promise
  const error = await rejection(enqueue(after, 2), FollowUpError)
  expect(error.message).toContain('the attempt is over')
})

test('settlements travel together only as far as their follow-ups fit', async () => {
  const parent = defineTask({
    name: 'parent',
    queue: 'parents',
    run: async (_: undefined, { enqueue }) => {
      for (let n = 0; n < 4; n++) await enqueue(after, 2)
    },
  })
  const { clock, tasq, driver, log } = stage({ tasks: [parent], limits: { maxBatchBytes: 5_000 } })
  await tasq.enqueueMany(parent, Array(10).fill(undefined))
  await tasq.worker({ queues: ['parents'] }).start()
  await eventually(clock, () => log.count('task:completed') === 10)
  expect(Math.max(...driver.settles.map((batch) => batch.length))).toBe(2)
})

describe('the id of a follow-up', () => {
  const parent = { queue: 'q', id: '019a0000-1234-7abc-8def-0123456789ab' }

  test('is a UUID of version 7 with the time of its parent', () => {
    expect(derivedTaskId(parent, 0)).toMatch(/^019a0000-1234-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(derivedTaskId({ queue: 'q', id: 'any' }, 0)).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    )
  })

  test('is the same each time, and another for each queue, parent and position', () => {
    const ids = [
      derivedTaskId(parent, 0),
      derivedTaskId(parent, 1),
      derivedTaskId({ ...parent, queue: 'r' }, 0),
      derivedTaskId({ ...parent, id: '019a0000-1234-7abc-8def-0123456789ac' }, 0),
      derivedTaskId(parent, 10),
    ]
    expect(new Set(ids).size).toBe(5)
    expect(derivedTaskId(parent, 0)).toBe(ids[0])
  })
})
