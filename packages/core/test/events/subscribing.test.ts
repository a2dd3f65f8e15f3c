import { describe, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import {
  createTasq,
  defineTask,
  type Missed,
  type PublishedEvent,
  type PublishedEventOf,
} from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { listenersOf } from '../support/channel.ts'
import { losesAnswer, unavailable } from '../support/faulty-driver.ts'
import { stage } from '../support/stage.ts'

// What an app hears of the events of all processes.

const mail = defineTask({ name: 'mail.send', queue: 'mail', run: () => undefined })
const report = defineTask({ name: 'report.build', run: () => undefined })

/** An app that tells and another one that listens, on one backend. */
function twoApps() {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const teller = stage({ clock, store, tasks: [mail, report], publishEvents: true })
  const listener = stage({ clock, store })
  const heard: PublishedEvent[] = []
  const missed: Missed[] = []
  const hear = (event: PublishedEvent) => void heard.push(event)
  const onMissed = (each: Missed) => void missed.push(each)
  const tell = (...texts: readonly string[]) => {
    for (const each of listenersOf(store)) for (const text of texts) each.message(text)
  }
  const names = () => heard.map(({ name }) => name)
  return { clock, store, teller, listener, heard, missed, hear, onMissed, tell, names }
}

function message(sequence: number, process = 'abc'): string {
  const data = { id: `task-${sequence}`, queue: 'mail', task: 'mail.send' }
  const at = new Date(0).toISOString()
  return JSON.stringify({ v: 1, sequence, name: 'task:enqueued', at, host: 'h', pid: 1, process, data })
}

test('an app hears what happens in another one, without publishing itself', async () => {
  const { clock, teller, listener, hear, heard, names } = twoApps()
  await listener.tasq.events.subscribe('all', hear)
  const { id } = await teller.tasq.enqueue(mail)
  await teller.tasq.worker({ queues: ['mail'], workerId: 'worker-1' }).start()
  await clock.advance(100)
  expect(names().filter((name) => name.startsWith('task:'))).toEqual([
    'task:enqueued',
    'task:started',
    'task:completed',
  ])
  expect(heard.find(({ name }) => name === 'task:started')).toEqual({
    name: 'task:started',
    at: expect.any(Date),
    host: expect.any(String),
    pid: process.pid,
    process: expect.any(String),
    data: { id, queue: 'mail', task: 'mail.send', attempt: 1, workerId: 'worker-1' },
  })
})

test('and its own too, where it publishes', async () => {
  const { clock, teller, hear, names } = twoApps()
  await teller.tasq.events.subscribe(['task:enqueued'], hear)
  await teller.tasq.enqueue(mail)
  await clock.advance(100)
  expect(names()).toEqual(['task:enqueued'])
})

test('only what is named is heard, and its type is known by its name', async () => {
  const { clock, teller, listener, hear, names } = twoApps()
  await listener.tasq.events.subscribe(['task:completed', 'task:dead'], (event) => {
    expectTypeOf(event).toEqualTypeOf<PublishedEventOf<'task:completed'> | PublishedEventOf<'task:dead'>>()
    if (event.name === 'task:completed') expectTypeOf(event.data.durationMs).toBeNumber()
    hear(event)
  })
  await teller.tasq.enqueue(mail)
  await teller.tasq.worker({ queues: ['mail'] }).start()
  await clock.advance(100)
  expect(names()).toEqual(['task:completed'])
})

test('queues and tasks narrow it down, and leave out what is about neither', async () => {
  const { clock, teller, listener, hear, heard } = twoApps()
  const byTask: PublishedEvent[] = []
  await listener.tasq.events.subscribe('all', hear, { queues: ['mail'] })
  await listener.tasq.events.subscribe('all', (event) => void byTask.push(event), { tasks: ['report.build'] })
  await teller.tasq.enqueue(mail)
  await teller.tasq.enqueue(report)
  await teller.tasq.queue('mail').pause()
  await teller.tasq.worker().start()
  await clock.advance(100)
  expect(heard.map(({ name, data }) => [name, 'queue' in data && data.queue])).toEqual([
    ['task:enqueued', 'mail'],
    ['queue:paused', 'mail'],
  ])
  expect(byTask.map(({ name }) => name)).toEqual(['task:enqueued', 'task:started', 'task:completed'])
})

test('by another channel, other events are heard', async () => {
  const { clock, store, listener, hear, names } = twoApps()
  const apart = stage({ clock, store, tasks: [mail], publishEvents: { channel: 'apart' } })
  await listener.tasq.events.subscribe('all', hear, { channel: 'apart' })
  await apart.tasq.enqueue(mail)
  await clock.advance(100)
  expect(names()).toEqual(['task:enqueued'])
})

describe('a subscription', () => {
  test('ends by stop, by await using, and with the app', async () => {
    const { store, listener, hear, heard, tell } = twoApps()
    const { events } = listener.tasq
    const stopped = await events.subscribe('all', hear)
    await stopped.stop()
    await stopped.stop()
    {
      await using _subscription = await events.subscribe('all', hear)
    }
    expect(listenersOf(store).size).toBe(0)
    await events.subscribe('all', hear)
    tell(message(1))
    expect(heard.length).toBe(1)
    await listener.tasq.close()
    expect(listenersOf(store).size).toBe(0)
    await expect(events.subscribe('all', hear)).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  })

  test('skips and counts what it can not read', async () => {
    const { listener, hear, heard, tell } = twoApps()
    const subscription = await listener.tasq.events.subscribe('all', hear)
    tell('hello', '{"v":2}', message(1))
    expect(subscription.skipped).toBe(2)
    expect(heard.length).toBe(1)
  })

  test('whose listener throws goes on, and tells', async () => {
    const { listener, tell } = twoApps()
    const hear = vi.fn(() => {
      throw new Error('oops')
    })
    await listener.tasq.events.subscribe('all', hear)
    tell(message(1), message(2))
    expect(hear).toHaveBeenCalledTimes(2)
    expect(listener.log.of('listener:error')).toEqual([
      { event: 'subscribe', error: new Error('oops') },
      { event: 'subscribe', error: new Error('oops') },
    ])
  })
})

describe('what is lacking', () => {
  test('is told after a loss of the connection', async () => {
    const { store, listener, hear, missed, onMissed } = twoApps()
    await listener.tasq.events.subscribe('all', hear, { onMissed })
    for (const each of listenersOf(store)) each.missed()
    expect(missed).toEqual([{ cause: 'connection' }])
  })

  test('is told with its number, for each process, whatever is filtered', async () => {
    const { listener, hear, missed, onMissed, tell } = twoApps()
    await listener.tasq.events.subscribe('all', hear, { onMissed, queues: ['none'] })
    tell(message(7), message(1, 'other'), message(8), message(2, 'other'), message(12), message(13))
    expect(missed).toEqual([{ cause: 'dropped', count: 3, host: 'h', pid: 1, process: 'abc' }])
  })
})

test('what comes twice is heard once', async () => {
  const { clock, teller, listener, hear, missed, onMissed, heard } = twoApps()
  teller.driver.next('publish', losesAnswer(unavailable()))
  await listener.tasq.events.subscribe(['task:enqueued'], hear, { onMissed })
  await teller.tasq.enqueue(mail)
  await clock.advance(1_000)
  await teller.tasq.enqueue(mail)
  await clock.advance(1_000)
  expect(heard.length).toBe(2)
  expect(missed).toEqual([])
})

test('what can not be subscribed is refused', async () => {
  const tasq = createTasq({ driver: memory() })
  onTestFinished(() => tasq.close())
  const { events } = tasq
  const hear = () => undefined
  await expect(events.subscribe([], hear)).rejects.toThrow("Option 'names'")
  await expect(events.subscribe(['client:retry' as 'task:dead'], hear)).rejects.toThrow(
    'names of events that travel',
  )
  await expect(events.subscribe('all', undefined as never)).rejects.toThrow("Option 'listener'")
  await expect(events.subscribe('all', hear, { channel: ' ' })).rejects.toThrow("Option 'channel'")
})

test('where nothing carries events, it says what does', async () => {
  const tasq = createTasq({ driver: bareDriver(memory()) })
  onTestFinished(() => tasq.close())
  await expect(tasq.events.subscribe('all', () => undefined)).rejects.toMatchObject({
    code: 'TASQ_UNSUPPORTED',
    nextStep: expect.stringContaining("createTasq({ driver, events: redis('redis://…') })"),
  })
})
