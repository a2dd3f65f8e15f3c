import { randomUUID } from 'node:crypto'
import { createTasq, type Driver, defineTask, type Tasq } from '@tasq/core'
import { postgres } from '@tasq/postgres'
import { rabbitmq } from '@tasq/rabbitmq'
import { redis } from '@tasq/redis'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished } from 'vitest'
import { brokerFlags } from './broker-trials.ts'
import { onRedis, serverFlags } from './driver-trials.ts'
import type { Trial } from './flags.ts'
import { finishHere } from './run.ts'
import { Store } from './store.ts'
import { userFolder } from './user-folder.ts'

/** A command line that makes something happen, to which flags of events are added. */
export interface EventsCommand {
  readonly argv: (queue: string) => readonly string[]
  /** What it tells of a task, once. */
  readonly event: string
  /** The task must be there before. */
  readonly takesTasks: boolean
}

const note = defineTask({ name: 'note' })

/** The server of redis as one URL. */
export function redisUrl(): string {
  const { url, password } = inject('servers').redis
  return url.replace('//', `//:${encodeURIComponent(password)}@`)
}

/** What an outside program hears on a channel of redis: names of events and queues, of this queue only. */
export async function outside(queue: string, channel = 'tasq:events'): Promise<readonly string[]> {
  const heard: string[] = []
  const client = new Redis(redisUrl())
  onTestFinished(() => client.disconnect())
  client.on('message', (_, text) => {
    const { name, data } = JSON.parse(text)
    if (data.queue === queue) heard.push(name)
  })
  await client.subscribe(channel)
  return heard
}

/** What an app hears that has nothing but this driver. */
async function heardBy(driver: Driver, queue: string): Promise<readonly string[]> {
  const heard: string[] = []
  const app = createTasq({ driver })
  onTestFinished(() => app.close())
  await app.events.subscribe('all', ({ name }) => void heard.push(name), { queues: [queue] })
  return heard
}

/** Trials of the flags with which a command publishes, seen from outside. */
export function eventTrials(command: EventsCommand): Readonly<Record<string, Trial>> {
  const { event } = command
  const folderWithAll = () => userFolder('redis', 'postgres', 'rabbitmq', 'sqs')

  /** With the tasks in ./tasq.db, or where the app has them. */
  const run = async (queue: string, flags: readonly string[], app?: Tasq) => {
    const folder = folderWithAll()
    if (command.takesTasks && app !== undefined) await app.enqueue(note, undefined, { queue })
    if (command.takesTasks && app === undefined) await new Store(folder).add('note', {}, { queue })
    const { code, err } = await finishHere(folder, ...command.argv(queue), ...flags)
    expect(code, err).toBe(0)
  }
  const isRefused = async (flags: readonly string[], says: string) => {
    const { code, out, err } = await finishHere(folderWithAll(), ...command.argv('any'), ...flags)
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(says) })
  }

  return {
    '--publish-events': async () => {
      const queue = randomUUID()
      const heard = await outside(queue)
      await run(queue, serverFlags('redis'), onRedis())
      await run(queue, [...serverFlags('redis'), '--publish-events'], onRedis())
      await expect.poll(() => heard).toContain(event)
      expect(heard.filter((name) => name === event)).toHaveLength(1)
      await isRefused(['--publish-events'], "The driver 'sqlite' has no events. Say what carries them")
    },
    '--events-enable-event-emitter-redis': async () => {
      const queue = randomUUID()
      const heard = await outside(queue)
      const flag = '--events-enable-event-emitter-redis'
      await run(queue, [...serverFlags('redis'), flag], onRedis())
      await expect.poll(() => heard.filter((name) => name === event)).toHaveLength(1)
      await run(queue, [flag, '--redis-url', redisUrl()])
      await expect.poll(() => heard.filter((name) => name === event)).toHaveLength(2)
      await isRefused([...brokerFlags('rabbitmq'), '--events', 'rabbitmq', flag], `${flag} has no effect`)
    },
    '--events': async () => {
      const queue = randomUUID()
      const { postgres: sql, rabbitmq: broker } = inject('servers')
      const carriers = {
        redis: { driver: redis(redisUrl()), flags: ['--redis-url', redisUrl()] },
        postgres: { driver: postgres(sql), flags: ['--postgres-dsn', sql.url] },
        rabbitmq: { driver: rabbitmq(broker), flags: ['--rabbitmq-url', broker.url] },
      }
      for (const [name, { driver, flags }] of Object.entries(carriers)) {
        const heard = await heardBy(driver, queue)
        await run(queue, ['--events', name, ...flags, '--publish-events'])
        await expect.poll(() => heard, { message: name }).toContain(event)
      }
      await isRefused(['--events', 'mysql'], 'Allowed choices are redis, postgres, rabbitmq')
    },
    '--events-redis-url': async () => {
      const queue = randomUUID()
      const heard = await outside(queue)
      await run(queue, ['--events-redis-url', redisUrl(), '--publish-events'])
      await expect.poll(() => heard).toContain(event)
      const other = ['--events', 'postgres', '--events-redis-url', redisUrl()]
      await isRefused(other, '--events-redis-url has no effect where postgres carries events')
      await isRefused(['--events-redis-url', 'localhost'], "Option '--events-redis-url' can't be 'localhost'")
    },
    '--events-channel': async () => {
      const [queue, channel] = [randomUUID(), `shop:${randomUUID()}`]
      const [usual, heard] = [await outside(queue), await outside(queue, channel)]
      const flags = [...serverFlags('redis'), '--events-channel', channel]
      await run(queue, [...flags, '--publish-events'], onRedis())
      await expect.poll(() => heard).toContain(event)
      expect(usual).toEqual([])
      await isRefused(flags, '--events-channel has no effect where no events are published')
      await isRefused(
        [...serverFlags('redis'), '--publish-events', '--events-channel', ' '],
        '--events-channel',
      )
    },
  }
}
