import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createTasq, defineTask, PermanentError, type PublishOptions } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { listenTo } from '../support/channel.ts'
import { fails, hangs, losesAnswer, refusal } from '../support/faulty-driver.ts'
import { eventually, settled, stage } from '../support/stage.ts'

// What an app tells to other processes.

const work = defineTask({
  name: 'work',
  run: (how: string, { progress, log }) => {
    if (how === 'dies') throw new PermanentError('no use')
    if (how === 'reports') progress({ done: 1 })
    if (how === 'reports badly') progress({ done: 1n })
    if (how === 'logs') log('x'.repeat(Number(9_000)))
    return { secret: 'result' }
  },
})

function publishing(publishEvents: boolean | PublishOptions = true) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const on = stage({ clock, store, tasks: [work], publishEvents })
  const heard = listenTo(store)
  const run = async (...inputs: readonly string[]) => {
    for (const input of inputs) await on.tasq.enqueue(work, input)
    await on.tasq.worker({ workerId: 'worker-1' }).start()
    await clock.advance(500)
  }
  return { ...on, heard, run }
}

afterEach(() => vi.restoreAllMocks())

test('each process tells what happens to its tasks and workers, in order, numbered', async () => {
  const { heard, run } = publishing()
  await run('dies')
  const tasks = heard.events.filter(({ name }) => name.startsWith('task:'))
  expect(tasks.map(({ name }) => name)).toEqual(['task:enqueued', 'task:started', 'task:failed', 'task:dead'])
  expect(heard.events.map(({ sequence }) => sequence)).toEqual(heard.events.map((_, index) => index + 1))
  expect(heard.events.map(({ name }) => name)).toContain('worker:online')
})

test('neither inputs nor results are told', async () => {
  const { heard, run } = publishing()
  await run('dies', 'input that is secret')
  expect(heard.events.map(({ name }) => name)).toContain('task:completed')
  expect(heard.messages.join()).not.toContain('secret')
})

test('unless it is switched on, nothing is told, and nobody listens', async () => {
  const clock = new VirtualClock()
  const driver = memory({ clock })
  const tasq = createTasq({ clock, driver, tasks: [work] })
  onTestFinished(() => tasq.close())
  const heard = listenTo(driver.store)
  expect(tasq.events.isQuiet).toBe(true)
  await tasq.enqueue(work, 'succeeds')
  await clock.advance(100)
  expect(heard.messages).toEqual([])
})

test('only the events that are named are told, by the channel that is named', async () => {
  const { clock, store, tasq } = publishing({ names: ['queue:paused'], channel: 'other' })
  const [usual, other] = [listenTo(store), listenTo(store, 'other')]
  await tasq.queue('mail').pause()
  await tasq.queue('mail').resume()
  await tasq.enqueue(work, 'succeeds')
  await clock.advance(100)
  expect(usual.messages).toEqual([])
  expect(other.events.map(({ name }) => name)).toEqual(['queue:paused'])
})

describe('redact', () => {
  test('says what may be told of an event, and whether', async () => {
    const { heard, run } = publishing({
      redact: (event) => {
        if (event.name === 'task:started') return undefined
        if (event.name !== 'task:failed') return event
        return { ...event, data: { ...event.data, failure: { ...event.data.failure, message: '(hidden)' } } }
      },
      names: ['task:started', 'task:failed', 'task:dead'],
    })
    await run('dies')
    expect(heard.events.map(({ name }) => name)).toEqual(['task:failed', 'task:dead'])
    expect(heard.events[0]).toMatchObject({ data: { failure: { message: '(hidden)' } } })
    expect(heard.events.map(({ sequence }) => sequence)).toEqual([1, 2])
  })

  test('that throws lets nothing out, and harms nothing', async () => {
    const { heard, run, log, clock } = publishing({
      redact: () => {
        throw new Error('oops')
      },
    })
    await run('succeeds')
    await clock.advance(1_000)
    expect(heard.messages).toEqual([])
    expect(log.count('task:completed')).toBe(1)
    expect(log.of('events:dropped')).toMatchObject([{ reason: 'unwritable', error: new Error('oops') }])
  })
})

test('what can not be JSON is dropped and told, and leaves a gap in the numbers', async () => {
  const { heard, run, log, clock } = publishing({
    names: ['task:enqueued', 'task:progress', 'task:completed'],
  })
  await run('reports badly')
  await clock.advance(1_000)
  expect(heard.events.map(({ name, sequence }) => [name, sequence])).toEqual([
    ['task:enqueued', 1],
    ['task:completed', 3],
  ])
  expect(log.of('events:dropped')).toMatchObject([{ count: 1, reason: 'unwritable' }])
})

test('what is too large for what carries it is dropped and told', async () => {
  const { heard, run, log, clock, driver } = publishing({ names: ['task:log'] })
  Object.assign(driver.events, { maxBytes: 8_000 })
  await run('logs')
  await clock.advance(1_000)
  expect(heard.messages).toEqual([])
  expect(log.of('events:dropped')).toEqual([{ count: 1, reason: 'too-large', error: undefined }])
})

describe('where what carries events is away', () => {
  test('tasks run as ever, and the events follow when it is back', async () => {
    const { heard, run, log, clock, driver } = publishing()
    driver.always(fails(), 'publish')
    await run('succeeds')
    expect(log.count('task:completed')).toBe(1)
    expect(heard.messages).toEqual([])
    driver.heal()
    await eventually(clock, () => heard.events.some(({ name }) => name === 'task:completed'))
    expect(heard.events.map(({ sequence }) => sequence)).toEqual(heard.events.map((_, index) => index + 1))
    expect(log.count('events:dropped')).toBe(0)
  })

  test('more than ten thousand are dropped, counted, and told once a second', async () => {
    const { heard, log, clock, driver, tasq } = publishing({ names: ['task:enqueued'] })
    driver.always(hangs, 'publish')
    await settled(
      clock,
      tasq.enqueueMany(
        work,
        Array.from({ length: 10_005 }, () => 'waits'),
      ),
    )
    await clock.advance(1_000)
    expect(log.of('events:dropped')).toMatchObject([{ count: 5, reason: 'unreachable' }])
    driver.heal()
    await eventually(clock, () => heard.messages.length === 10_000)
    await settled(clock, tasq.enqueue(work, 'waits'))
    await clock.advance(100)
    // Who listens sees by the numbers how many are lacking.
    expect(heard.events.at(-1)?.sequence).toBe(10_006)
  })

  test('closing waits for two seconds, and tells what was not sent', async () => {
    const { log, clock, driver, tasq } = publishing({ names: ['task:enqueued'] })
    driver.always(hangs, 'publish')
    await tasq.enqueue(work, 'waits')
    await clock.settle()
    let took = Number.NaN
    const start = clock.monotonic()
    const closing = tasq.close().then(() => {
      took = clock.monotonic() - start
    })
    await settled(clock, closing, { step: 100 })
    expect(took).toBe(2_000)
    expect(log.of('events:dropped')).toMatchObject([{ count: 1, reason: 'unreachable' }])
  })

  test('and nobody listens to what was dropped, it is one warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const clock = new VirtualClock()
    const driver = memory({ clock })
    const events = { ...driver.events, publish: () => Promise.reject(refusal('You may not publish.')) }
    const tasq = createTasq({
      clock,
      driver: Object.assign(driver, { events }),
      tasks: [work],
      publishEvents: true,
    })
    onTestFinished(() => tasq.close())
    for (let round = 0; round < 3; round++) {
      await tasq.enqueue(work, 'waits')
      await clock.advance(2_000)
    }
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringContaining('1 events could not be published (unreachable: You may not publish.'),
    ])
  })
})

test('what is refused for good is dropped and told; the next ones are tried', async () => {
  const { heard, log, clock, driver, tasq } = publishing({ names: ['task:enqueued'] })
  const error = refusal('You may not publish.')
  driver.next('publish', fails(error))
  await tasq.enqueue(work, 'waits')
  await clock.advance(1_000)
  await tasq.enqueue(work, 'waits')
  await clock.advance(100)
  expect(heard.events.map(({ sequence }) => sequence)).toEqual([2])
  expect(log.of('events:dropped')).toEqual([{ count: 1, reason: 'unreachable', error }])
})

test('events whose answer was lost are sent again under their numbers', async () => {
  const { heard, clock, driver, tasq } = publishing({ names: ['task:enqueued'] })
  driver.next('publish', losesAnswer())
  await tasq.enqueue(work, 'waits')
  await clock.advance(1_000)
  expect(heard.events.map(({ sequence }) => sequence)).toEqual([1, 1])
})

test('closing sends what waits, up to the workers that have stopped', async () => {
  const { heard, clock, tasq } = publishing()
  await tasq.worker({ workerId: 'worker-1' }).start()
  await settled(clock, tasq.close())
  expect(heard.events.at(-1)?.name).toBe('worker:offline')
})

describe('createTasq', () => {
  const driver = memory()

  test('refuses to publish where nothing carries events, and says what does', () => {
    expect(() => createTasq({ driver: bareDriver(driver), publishEvents: true })).toThrow(
      "createTasq({ driver, events: redis('redis://…') })",
    )
    expect(() => createTasq({ driver: bareDriver(driver), publishEvents: false })).not.toThrow()
    expect(() =>
      createTasq({ driver: bareDriver(driver), events: driver, publishEvents: true }),
    ).not.toThrow()
  })

  test.each<[string, unknown, string]>([
    ['publishEvents', 'yes', 'true, false or options'],
    ['publishEvents.channel', { channel: '' }, 'printable name'],
    ['publishEvents.names', { names: [] }, 'at least one name'],
    ['publishEvents.names', { names: ['client:retry'] }, 'task:enqueued'],
    ['publishEvents.redact', { redact: true }, 'a function'],
  ])('refuses an impossible %s', (option, publishEvents, allowed) => {
    const options = { driver, publishEvents: publishEvents as boolean }
    expect(() => createTasq(options)).toThrow(`Option '${option}'`)
    expect(() => createTasq(options)).toThrow(allowed)
  })
})
