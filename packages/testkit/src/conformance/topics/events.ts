import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { EventChannel } from '@tasq/core/driver'
import type { ConformanceTopic } from '../case.ts'
import { type CaseContext, facet } from '../context.ts'
import { newTask } from '../tasks.ts'

export const events: ConformanceTopic = {
  name: 'events between processes',
  needs: ['events'],
  cases: [
    {
      name: 'a message reaches all who listen, in this process and in others, in order',
      run: async (context) => {
        const [driver, other, third] = await context.connectMany(3)
        if (driver === undefined || other === undefined || third === undefined) return assert.fail()
        const heard = await Promise.all([driver, other, third].map((each) => listen(each, 'tasq:events')))
        const messages = ['first', '{"späte":"Störung 🐢 it\'s"}', 'x'.repeat(2_000)]
        await facet(driver, 'events').publish('tasq:events', messages)
        for (const each of heard) {
          await context.until('all messages', () => each.messages.length >= 3)
          assert.deepEqual(each.messages, messages)
        }
      },
    },
    {
      name: 'each channel is heard by its own listeners, and nobody hears what he has stopped',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const one = await listen(driver, 'tasq.one')
        const two = await listen(driver, 'tasq.two')
        const stopped = await listen(driver, 'tasq.one')
        await stopped.stop()
        await facet(other, 'events').publish('tasq.one', ['for one'])
        await facet(other, 'events').publish('tasq.two', ['for two'])
        await context.until('both', () => one.messages.length + two.messages.length >= 2)
        assert.deepEqual([one.messages, two.messages, stopped.messages], [['for one'], ['for two'], []])
        await one.stop()
        await one.stop()
        await facet(other, 'events').publish('tasq.one', ['for nobody'])
        await facet(other, 'events').publish('tasq.two', ['again'])
        await context.until('the other channel', () => two.messages.length >= 2)
        assert.deepEqual(one.messages, ['for one'])
      },
    },
    {
      name: 'many messages at once arrive, and the largest too',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const heard = await listen(other, 'tasq.many')
        const bus = facet(driver, 'events')
        const messages = Array.from({ length: 500 }, (_, index) => `message ${index}`)
        messages.push('y'.repeat(Math.min(bus.maxBytes, 100_000)))
        await bus.publish('tasq.many', messages)
        await context.until('all messages', () => heard.messages.length >= messages.length)
        assert.deepEqual(heard.messages, messages)
      },
    },
    {
      name: 'stores do not hear one another',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), elsewhere(context)])
        const heard = await listen(driver, 'tasq.own')
        await facet(other.driver, 'events').publish('tasq.own', ['from elsewhere'])
        await facet(driver, 'events').publish('tasq.own', ['from here'])
        await context.until('a message', () => heard.messages.length > 0)
        assert.deepEqual(heard.messages, ['from here'])
        await other.close()
      },
    },
    {
      name: 'a shared channel is heard in all processes, and by nobody who listens to another one',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const shared = `tasq.shared.${randomUUID()}`
        const own = await listen(other, `own.${shared}`)
        const heard = await listen(other, { shared })
        await facet(driver, 'events').publish({ shared }, ['for all'])
        await facet(driver, 'events').publish(`own.${shared}`, ['for own'])
        await context.until('both', () => own.messages.length + heard.messages.length >= 2)
        assert.deepEqual([heard.messages, own.messages], [['for all'], ['for own']])
        await heard.stop()
        await facet(driver, 'events').publish({ shared }, ['for nobody'])
        await facet(driver, 'events').publish(`own.${shared}`, ['end'])
        await context.until('the end', () => own.messages.length >= 2)
        assert.deepEqual(heard.messages, ['for all'])
      },
    },
    {
      name: 'publishing to nobody is no error, and listening disturbs no tasks',
      run: async (context) => {
        const driver = await context.connect()
        await facet(driver, 'events').publish('tasq.empty', ['hello'])
        const heard = await listen(driver, 'tasq.events')
        await driver.enqueue({ callId: 'with-listener', tasks: [newTask()] })
        await facet(driver, 'events').publish('tasq.events', ['end'])
        await context.until('the message', () => heard.messages.length > 0)
        assert.deepEqual(heard.messages, ['end'])
      },
    },
  ],
}

async function elsewhere({ harness }: CaseContext) {
  const store = await harness.openStore()
  const driver = store.driver()
  await driver.open()
  const close = async () => {
    await driver.close()
    await store.close()
  }
  return { driver, close }
}

async function listen(driver: Parameters<typeof facet>[0], channel: EventChannel) {
  const messages: string[] = []
  const stop = await facet(driver, 'events').subscribe(channel, {
    message: (text) => void messages.push(text),
    missed: () => undefined,
  })
  return { messages, stop }
}
