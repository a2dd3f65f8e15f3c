import { randomUUID } from 'node:crypto'
import { createTasq, type Driver, defineTask, type PublishedEvent } from '@tasq/core'
import { describe, expect, onTestFinished, test } from 'vitest'

export interface PublishedEventsOptions {
  /** An empty backend for the running test; gives connections to it. */
  readonly openStore: () => Promise<() => Driver>
  /** Listens as a program would that is not Tasq, to what the server knows by this name; gives what it hears. */
  readonly listen: (channel: string) => Promise<readonly string[]>
}

const work = defineTask({
  name: 'work',
  queue: 'odd',
  retry: { maxAttempts: 1 },
  run: (how: 'succeeds' | 'dies', { progress }) => {
    progress({ done: 1 })
    if (how === 'dies') throw new RangeError('no use')
  },
})

/** What apps tell one another of their tasks, over a real server. */
export function describePublishedEvents({ openStore, listen }: PublishedEventsOptions): void {
  describe('published events', () => {
    test('an app hears, by the channel, what happens in another one; and so does a program that is not Tasq [A46]', async () => {
      const channel = `tasq:test:${randomUUID()}`
      const connect = await openStore()
      const teller = createTasq({ driver: connect(), tasks: [work], publishEvents: { channel } })
      onTestFinished(() => teller.close())
      const listener = createTasq({ driver: connect() })
      onTestFinished(() => listener.close())

      const heard: PublishedEvent[] = []
      await listener.events.subscribe('all', (event) => void heard.push(event), { channel })
      const outside = await listen(channel)

      const [good, bad] = [await teller.enqueue(work, 'succeeds'), await teller.enqueue(work, 'dies')]
      await teller.worker({ queues: ['odd'], workerId: 'worker-1' }).start()
      const ends = () => heard.filter(({ name }) => name === 'task:completed' || name === 'task:dead')
      await expect.poll(() => ends().length).toBe(2)
      await teller.close()
      await expect.poll(() => heard.at(-1)?.name).toBe('worker:offline')

      const names = heard.map(({ name, data }) => `${name} ${'id' in data ? data.id : ''}`.trim())
      for (const each of [
        `task:enqueued ${good.id}`,
        `task:started ${good.id}`,
        `task:progress ${good.id}`,
        `task:completed ${good.id}`,
        `task:failed ${bad.id}`,
        `task:dead ${bad.id}`,
        'worker:online',
      ]) {
        expect(names).toContain(each)
      }
      const dead = heard.find(({ name }) => name === 'task:dead')
      expect(dead).toMatchObject({
        pid: process.pid,
        data: { failure: { name: 'RangeError', message: 'no use' } },
      })
      await expect.poll(() => outside.length).toBe(heard.length)
      expect(outside.map((text) => JSON.parse(text).name)).toEqual(heard.map(({ name }) => name))
    })

    test('many of them arrive all, in order', async () => {
      const channel = `tasq:test:${randomUUID()}`
      const connect = await openStore()
      const teller = createTasq({
        driver: connect(),
        tasks: [work],
        publishEvents: { channel, names: ['task:enqueued'] },
      })
      onTestFinished(() => teller.close())
      const listener = createTasq({ driver: connect() })
      onTestFinished(() => listener.close())
      const heard: string[] = []
      const missed: unknown[] = []
      await listener.events.subscribe(['task:enqueued'], ({ data }) => void heard.push(data.id), {
        channel,
        onMissed: (each) => void missed.push(each),
      })
      const handles = await teller.enqueueMany(
        work,
        Array.from({ length: 2_500 }, () => 'succeeds' as const),
      )
      await expect.poll(() => heard.length).toBe(2_500)
      expect(heard).toEqual(handles.map(({ id }) => id))
      expect(missed).toEqual([])
    })
  })
}
