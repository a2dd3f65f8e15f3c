import { expect, test } from 'vitest'
import { z } from 'zod'
import { createTasq, defineTask, InvalidInputError, type Redact, TaskDeadError, typed } from '../src/index.ts'
import { memory, VirtualClock } from '../src/memory.ts'
import { hidePaths, hideValues } from '../src/redaction/sensitive.ts'
import { eventually, settled, stage } from './support/stage.ts'

const SECRET = 'Hush-1'

interface Payment {
  readonly card: { readonly number: string; readonly owner: string }
  readonly amount: number
}

const payment: Payment = { card: { number: SECRET, owner: 'Ada' }, amount: 5 }

/** A task that says its secret in every way there is. */
function pay(seen: unknown[], fails: boolean) {
  return defineTask({
    name: 'pay',
    input: typed<Payment>(),
    sensitive: ['card.number', 'receipt'],
    retry: { maxAttempts: 1 },
    keepResult: '1h',
    run: async (input, { progress, log }) => {
      seen.push(input)
      progress({ card: input.card, percent: 50 })
      log('paying', { card: input.card })
      if (fails) throw new Error(`no card ${input.card.number}`)
      return { receipt: `receipt for ${input.card.number}`, paid: input.amount }
    },
  })
}

/** All that an operator and listeners have been shown of one task. */
async function shown(fails: boolean, redact?: Redact) {
  const seen: unknown[] = []
  const definition = pay(seen, fails)
  const { clock, tasq, log, store } = stage({ tasks: [definition], redact })
  const handle = await tasq.enqueue(definition, payment, { headers: { trace: SECRET } })
  const waiting = await settled(clock, tasq.queue('default').tasks('ready'))
  await tasq.worker({ keepProgress: '1h' }).start()
  await eventually(clock, () => log.count('task:completed') + log.count('task:dead') === 1)
  await clock.advance(2_000)
  const known = tasq.queue('default').task(handle.id)
  const views = {
    waiting: waiting.items,
    inspected: await settled(clock, handle.inspect()),
    known: await settled(clock, known.inspect()),
    listed: (await settled(clock, tasq.queue('default').deadLetters.list())).items,
    progress: await settled(clock, handle.progress()),
    knownProgress: await settled(clock, known.progress()),
    result: fails
      ? await settled(
          clock,
          handle.result().catch((error: unknown) => error),
        )
      : undefined,
    events: [
      ...log.of('task:progress'),
      ...log.of('task:log'),
      ...log.of('task:failed'),
      ...log.of('task:dead'),
    ],
  }
  return { views, seen, handle, clock, tasq, store, log }
}

test.each([true, false])(
  'what a definition calls sensitive is shown nowhere (it fails: %s)',
  async (fails) => {
    const { views, seen, clock, handle } = await shown(fails)
    const { headers: _, ...input } = views.waiting[0] ?? {}
    const text = JSON.stringify({
      ...views,
      waiting: input,
      inspected: undefined,
      known: undefined,
      listed: [],
    })
    expect(text).not.toContain(SECRET)
    for (const view of [...views.waiting, views.inspected, views.known, ...views.listed]) {
      expect(JSON.stringify({ ...view, headers: undefined })).not.toContain(SECRET)
      if (view?.state !== 'completed')
        expect(view?.input).toEqual({ card: { number: '***', owner: 'Ada' }, amount: 5 })
    }
    expect(views.progress).toMatchObject({
      progress: { card: { number: '***', owner: 'Ada' }, percent: 50 },
      percent: 50,
    })
    expect(views.progress?.log).toMatchObject([{ message: 'paying', fields: { card: { number: '***' } } }])
    expect(views.knownProgress).toEqual(views.progress)
    expect(views.events.length).toBe(fails ? 4 : 2)
    if (fails) {
      expect(views.result).toBeInstanceOf(TaskDeadError)
      expect(views.inspected?.failures).toMatchObject([{ message: 'no card ***' }])
    } else {
      expect(views.inspected?.result).toEqual({ receipt: '***', paid: 5 })
      expect(await settled(clock, handle.result())).toEqual({ receipt: `receipt for ${SECRET}`, paid: 5 })
    }
    expect(seen).toEqual([payment])
  },
)

test('an app says what is shown instead of each kind of value, of each task', async () => {
  const asked = new Set<string>()
  const { views } = await shown(true, (value, { task, kind }) => {
    asked.add(`${task} ${kind}`)
    if (kind === 'failure') return { ...(value as object), message: 'hidden' }
    if (kind === 'headers') return { trace: 'hidden' }
    if (kind === 'log') return { message: 'hidden' }
    return kind
  })
  expect([...asked].sort()).toEqual(['pay failure', 'pay headers', 'pay input', 'pay log', 'pay progress'])
  const snapshot = { input: 'input', headers: { trace: 'hidden' } }
  expect(views.waiting).toMatchObject([snapshot])
  expect(views.listed).toMatchObject([{ ...snapshot, failures: [{ message: 'hidden', attempt: 1 }] }])
  expect(views.progress).toMatchObject({
    progress: 'progress',
    log: [{ message: 'hidden', fields: undefined }],
  })
  expect(views.events).toMatchObject([
    { progress: 'progress' },
    { message: 'hidden' },
    { failure: { message: 'hidden' } },
    { failure: { message: 'hidden' } },
  ])
  expect(views.result).toMatchObject({ message: expect.stringContaining('hidden') })
})

test('it may change what it is given: what is stored, and what handlers get, stays', async () => {
  const { seen, store } = await shown(true, (value) => {
    if (typeof value === 'object' && value !== null)
      for (const key of Object.keys(value)) Reflect.set(value, key, 0)
    return value
  })
  expect(seen).toEqual([payment])
  const [{ letter } = expect.fail('it is not dead')] = [...store.dead.values()]
  expect(letter.headers).toEqual({ trace: SECRET })
  expect(letter.failure?.message).toBe(`no card ${SECRET}`)
})

test('where it throws, the value is hidden, and that is told', async () => {
  const { views, log } = await shown(true, () => {
    throw new Error('no idea')
  })
  expect(JSON.stringify(views)).not.toContain(SECRET)
  expect(views.inspected).toMatchObject({
    input: '***',
    headers: {},
    failures: [{ name: '***', message: '***' }],
  })
  expect(log.of('redact:error')).toContainEqual({ task: 'pay', kind: 'input', error: new Error('no idea') })
})

test('an app that hides nothing asks nobody', async () => {
  const { clock, tasq } = stage({ tasks: [defineTask({ name: 'note', run: (_: object) => undefined })] })
  const input = { a: SECRET }
  const handle = await tasq.enqueue('note', input)
  expect((await settled(clock, handle.inspect()))?.input).toEqual(input)
})

test('an input that is refused does not show what is sensitive in it', async () => {
  const refusing = z.object({
    pin: z
      .string()
      .superRefine((pin, context) => context.addIssue({ code: 'custom', message: `${pin} is wrong` })),
  })
  const task = defineTask({ name: 'login', input: refusing, sensitive: ['pin'] })
  const tasq = createTasq({ driver: memory({ clock: new VirtualClock() }) })
  const error = await tasq.enqueue(task, { pin: SECRET }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InvalidInputError)
  expect(error).toMatchObject({ issues: [{ message: '*** is wrong', path: ['pin'] }] })
  expect(String(error)).not.toContain(SECRET)
})

test.each([[['a..b']], [['']], ['a'], [[1]], [['.a']]])('sensitive can not be %j', (sensitive) => {
  expect(() => defineTask({ name: 'work', sensitive: sensitive as never })).toThrow(/'sensitive' can't be/)
})

test.each<[unknown, readonly string[], unknown]>([
  [{ a: 1, b: 2 }, ['a'], { a: '***', b: 2 }],
  [{ a: { b: [{ c: 1 }, { c: 2, d: 3 }] } }, ['a.b.c'], { a: { b: [{ c: '***' }, { c: '***', d: 3 }] } }],
  [[{ a: 1 }], ['a'], [{ a: '***' }]],
  [new Map([['a', 1]]), ['a'], new Map<string, unknown>([['a', '***']])],
  [{ a: 1 }, ['b', 'a.b', 'toString', '__proto__.x'], { a: 1 }],
  ['text', ['a'], 'text'],
  [null, ['a'], null],
])('of %j, the paths %j are hidden', (value, paths, hidden) => {
  hidePaths(value, paths)
  expect(value).toEqual(hidden)
})

test('values that are short, or not there, leave a text as it is', () => {
  expect(
    hideValues('a secret of 12345 and ab', { a: 'secret', b: 12_345, c: 'ab' }, ['a', 'b', 'c', 'd']),
  ).toBe('a *** of *** and ab')
})
