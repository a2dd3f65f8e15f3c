import { randomUUID } from 'node:crypto'
import { createTasq, type Tasq } from '@tasq/core'
import type { Driver } from '@tasq/core/driver'
import { type RabbitmqOptions, rabbitmq } from '@tasq/rabbitmq'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import { type SqsOptions, sqs } from '@tasq/sqs'
import { expect, inject, onTestFinished } from 'vitest'
import type { Trial } from './flags.ts'
import { finishHere } from './run.ts'
import { userFolder } from './user-folder.ts'

/** A command line, to which flags of a broker are added. */
export interface BrokerCommand {
  readonly argv: readonly string[]
  /** Checks that the command, with these flags, works on what this app sees. */
  readonly worksOn: (app: Tasq, flags: readonly string[]) => Promise<void>
}

/** Trials of the flags that every command has for brokers, and for a store beside one. */
export function brokerTrials(command: BrokerCommand): Readonly<Record<string, Trial>> {
  return { ...rabbitmqTrials(command), ...sqsTrials(command), ...storeTrials(command) }
}

/** The flags with which the driver of a broker finds it. */
export function brokerFlags(driver: 'rabbitmq' | 'sqs'): readonly string[] {
  const { rabbitmq: broker, sqs: access } = inject('servers')
  if (driver === 'rabbitmq') return ['--driver', driver, '--rabbitmq-url', broker.url]
  return [
    ...['--driver', driver, '--sqs-region', access.region, '--sqs-endpoint-url', access.endpoint],
    ...['--aws-access-key-id', access.accessKeyId, '--aws-secret-access-key', access.secretAccessKey],
  ]
}

export function onRabbitmq(options: RabbitmqOptions = {}): Tasq {
  return opened(createTasq({ driver: rabbitmq({ ...inject('servers').rabbitmq, ...options }) }))
}

export function onSqs(options: SqsOptions = {}): Tasq {
  return opened(createTasq({ driver: sqs({ ...inject('servers').sqs, ...options }) }))
}

export const brokerApps = { rabbitmq: onRabbitmq, sqs: onSqs }

function opened<App extends Tasq>(app: App): App {
  onTestFinished(() => app.close())
  return app
}

/** The command is wrong use that names the flag. */
async function isRefused({ argv }: BrokerCommand, flag: string, flags: readonly string[]) {
  const { code, out, err } = await finishHere(userFolder('rabbitmq', 'sqs', 'redis'), ...argv, ...flags)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(new RegExp(`^tasq: Option '${flag}' can't be .*\\[TASQ_INVALID_OPTION\\]\\n$`))
}

/** The command can't be carried out, and says this. */
async function fails({ argv }: BrokerCommand, flags: readonly string[], says: RegExp) {
  const { code, err } = await finishHere(userFolder('rabbitmq', 'sqs', 'redis'), ...argv, ...flags)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(says) })
}

function rabbitmqTrials(command: BrokerCommand): Readonly<Record<string, Trial>> {
  const { worksOn } = command
  const server = () => brokerFlags('rabbitmq')
  return {
    '--rabbitmq-url': async () => {
      await worksOn(onRabbitmq(), server())
      const nowhere = ['--driver', 'rabbitmq', '--rabbitmq-url', 'amqp://127.0.0.1:1']
      await fails(command, nowhere, /127\.0\.0\.1:1.*TASQ_STORE_UNAVAILABLE/)
      await isRefused(command, '--rabbitmq-url', ['--driver', 'rabbitmq', '--rabbitmq-url', 'localhost'])
    },
    '--rabbitmq-exchange-name': async () => {
      const exchange = `e-${randomUUID()}`
      await worksOn(onRabbitmq({ exchange }), [...server(), '--rabbitmq-exchange-name', exchange])
      await isRefused(command, '--rabbitmq-exchange-name', [...server(), '--rabbitmq-exchange-name', 'a b'])
    },
    '--rabbitmq-prefetch-count': async () => {
      await worksOn(onRabbitmq(), [...server(), '--rabbitmq-prefetch-count', '1'])
      const none = [...server(), '--rabbitmq-prefetch-count', '0']
      await isRefused(command, '--rabbitmq-prefetch-count', none)
    },
  }
}

function sqsTrials(command: BrokerCommand): Readonly<Record<string, Trial>> {
  const { worksOn } = command
  const without = (flag: string) => {
    const flags = brokerFlags('sqs')
    const at = flags.indexOf(flag)
    return flags.filter((_, index) => index !== at && index !== at + 1)
  }
  const instead = (flag: string, value: string) => [...without(flag), flag, value]
  /** One of the two keys alone is wrong use. */
  const lacks = async (flags: readonly string[], option: string) => {
    const { code, err } = await finishHere(userFolder('sqs'), ...command.argv, ...flags)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`'${option}' can't be undefined`) })
  }
  return {
    '--sqs-region': async () => {
      const region = 'eu-other-1' // whose queues are not those of another one
      await worksOn(onSqs({ region }), instead('--sqs-region', region))
    },
    '--sqs-endpoint-url': async () => {
      await worksOn(onSqs(), brokerFlags('sqs'))
      await fails(command, instead('--sqs-endpoint-url', 'http://127.0.0.1:1'), /127\.0\.0\.1:1/)
      await isRefused(command, '--sqs-endpoint-url', instead('--sqs-endpoint-url', 'localhost'))
    },
    '--sqs-queue-url-prefix': async () => {
      const { endpoint } = inject('servers').sqs
      const prefix = `${endpoint}/000000000000/`
      await worksOn(onSqs(), [...brokerFlags('sqs'), '--sqs-queue-url-prefix', prefix])
      const odd = [...brokerFlags('sqs'), '--sqs-queue-url-prefix', 'localhost']
      await isRefused(command, '--sqs-queue-url-prefix', odd)
    },
    '--aws-access-key-id': async () => {
      await worksOn(onSqs(), brokerFlags('sqs'))
      await lacks(without('--aws-secret-access-key'), 'secretAccessKey')
    },
    '--aws-secret-access-key': async () => {
      await worksOn(onSqs(), brokerFlags('sqs'))
      await lacks(without('--aws-access-key-id'), 'accessKeyId')
    },
  }
}

/** What the command does with a broker and a store is seen by an app of both, and in the store alone. */
function storeTrials(command: BrokerCommand): Readonly<Record<string, Trial>> {
  return {
    '--store': async (folder) => {
      const file = `${folder}/store.db`
      const app = opened(createTasq({ driver: brokerOf('rabbitmq'), store: sqlite(file) }))
      await command.worksOn(app, [...brokerFlags('rabbitmq'), '--store', 'sqlite', '--sqlite-file', file])
      expect(await twinsIn(sqlite(file), 'rabbitmq')).toBe(1)
      await isRefused(command, '--store', [...brokerFlags('rabbitmq'), '--store', 'sqs'])
      await isRefused(command, '--store', ['--store', 'sqlite'])
    },
    '--store-url': async () => {
      const { url, password } = inject('servers').redis
      const full = `${url.replace('//', `//:${encodeURIComponent(password)}@`)}/7`
      const app = opened(createTasq({ driver: brokerOf('sqs'), store: redis(full) }))
      await command.worksOn(app, [...brokerFlags('sqs'), '--store', 'redis', '--store-url', full])
      expect(await twinsIn(redis(full), 'sqs')).toBeGreaterThan(0)
      const { code, err } = await finishHere(
        userFolder('sqs'),
        ...command.argv,
        ...brokerFlags('sqs'),
        '--store-url',
        full,
      )
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('no effect without a store') })
    },
  }
}

function brokerOf(name: 'rabbitmq' | 'sqs'): Driver {
  return name === 'rabbitmq' ? rabbitmq(inject('servers').rabbitmq) : sqs(inject('servers').sqs)
}

/** How many tasks of a broker a store knows. */
async function twinsIn(store: ReturnType<typeof sqlite> | ReturnType<typeof redis>, broker: string) {
  await store.open()
  const [counts] = await store.inspection.count([`tasks of ${broker}`])
  await store.close()
  return (counts?.ready ?? 0) + (counts?.scheduled ?? 0) + (counts?.active ?? 0) + (counts?.finished ?? 0)
}
