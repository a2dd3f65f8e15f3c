import { randomUUID } from 'node:crypto'
import { createTasq, type Tasq } from '@tasq/core'
import { type MysqlOptions, mysql } from '@tasq/mysql'
import { type PostgresOptions, postgres } from '@tasq/postgres'
import { type RedisOptions, redis } from '@tasq/redis'
import { expect, inject, onTestFinished } from 'vitest'
import type { Trial } from './flags.ts'
import { finishHere } from './run.ts'
import { userFolder } from './user-folder.ts'

/** The drivers of servers. */
export type ServerApp = Tasq<ReturnType<typeof redis | typeof postgres | typeof mysql>>

/** A command line, to which flags of a driver are added. */
export interface DriverCommand {
  readonly argv: readonly string[]
  /** Checks that the command, with these flags, works on what this app sees. */
  readonly worksOn: (app: ServerApp, flags: readonly string[]) => Promise<void>
  /** Checks that it uses the tables of this app, that of the dead letters above all. */
  readonly usesDeadLetters: (
    app: (options?: { readonly migrate: boolean }) => ServerApp,
    flags: readonly string[],
  ) => Promise<void>
}

/** Trials of the flags that every command has for the drivers of servers. */
export function driverTrials(command: DriverCommand): Readonly<Record<string, Trial>> {
  return { ...redisTrials(command), ...postgresTrials(command), ...mysqlTrials(command) }
}

/** The flags with which the driver of a server finds it. */
export function serverFlags(driver: string): readonly string[] {
  const servers = inject('servers')
  if (driver === 'redis') return flags(driver, { ...servers.redis })
  return flags(driver, { dsn: driver === 'postgres' ? servers.postgres.url : servers.mysql.url })
}

export function onRedis(options: RedisOptions = {}): ServerApp {
  return opened(createTasq({ driver: redis({ ...inject('servers').redis, ...options }) }))
}

export function onPostgres(options: PostgresOptions = {}): ServerApp {
  return opened(createTasq({ driver: postgres({ ...inject('servers').postgres, ...options }) }))
}

export function onMysql(options: MysqlOptions = {}): ServerApp {
  return opened(createTasq({ driver: mysql({ ...inject('servers').mysql, ...options }) }))
}

/** An app on each server. */
export const serverApps = { redis: onRedis, postgres: onPostgres, mysql: onMysql }

function opened<App extends ServerApp>(app: App): App {
  onTestFinished(() => app.close())
  return app
}

/** `{ url: 'redis://…' }` → `--driver redis --redis-url redis://…` */
function flags(driver: string, values: Readonly<Record<string, string>>): readonly string[] {
  return [
    '--driver',
    driver,
    ...Object.entries(values).flatMap(([name, value]) => [`--${driver}-${name}`, value]),
  ]
}

/** The command is wrong use that names the flag. */
async function isRefused({ argv }: DriverCommand, driver: string, flag: string, given: readonly string[]) {
  const { code, out, err } = await finishHere(userFolder(driver), ...argv, ...given)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(new RegExp(`^tasq: Option '${flag}' can't be .*\\[TASQ_INVALID_OPTION\\]\\n$`))
}

function redisTrials(command: DriverCommand): Readonly<Record<string, Trial>> {
  const { argv, worksOn } = command
  return {
    '--redis-url': async () => {
      const { url, password } = inject('servers').redis
      const full = `${url.replace('//', `//:${encodeURIComponent(password)}@`)}/3`
      await worksOn(onRedis({ database: 3 }), flags('redis', { url: full }))
      await isRefused(command, 'redis', '--redis-url', flags('redis', { url: 'localhost' }))
    },
    '--redis-password': async () => {
      await worksOn(onRedis(), serverFlags('redis'))
      const { url } = inject('servers').redis
      const wrong = flags('redis', { url, password: 'wrong' })
      const { code, err } = await finishHere(userFolder('redis'), ...argv, ...wrong)
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('WRONGPASS') })
    },
    '--redis-db': async () => {
      await worksOn(onRedis({ database: 5 }), [...serverFlags('redis'), '--redis-db', '5'])
      await isRefused(command, 'redis', '--redis-db', [...serverFlags('redis'), '--redis-db', '-1'])
    },
    '--redis-max-connections': async () => {
      await worksOn(onRedis(), [...serverFlags('redis'), '--redis-max-connections', '2'])
      const tooFew = [...serverFlags('redis'), '--redis-max-connections', '1']
      await isRefused(command, 'redis', '--redis-max-connections', tooFew)
    },
  }
}

function postgresTrials(command: DriverCommand): Readonly<Record<string, Trial>> {
  return {
    '--postgres-dsn': async () => {
      await command.worksOn(onPostgres(), serverFlags('postgres'))
      await isRefused(command, 'postgres', '--postgres-dsn', flags('postgres', { dsn: 'localhost' }))
    },
    '--postgres-schema': async () => {
      const schema = newName()
      const given = [...serverFlags('postgres'), '--postgres-schema', schema]
      await command.worksOn(onPostgres({ schema }), given)
      const odd = [...serverFlags('postgres'), '--postgres-schema', 'a"b']
      await isRefused(command, 'postgres', '--postgres-schema', odd)
    },
    ...tableTrials(command, 'postgres', () => {
      const schema = newName()
      return { flags: ['--postgres-schema', schema], app: (names) => onPostgres({ ...names, schema }) }
    }),
    ...poolTrials(command, 'postgres', onPostgres),
  }
}

function mysqlTrials(command: DriverCommand): Readonly<Record<string, Trial>> {
  return {
    '--mysql-dsn': async () => {
      await command.worksOn(onMysql(), serverFlags('mysql'))
      await isRefused(command, 'mysql', '--mysql-dsn', flags('mysql', { dsn: 'localhost' }))
    },
    ...tableTrials(command, 'mysql', () => ({
      flags: [],
      app: ({ queueTable, ...names }) => onMysql({ ...names, queueTablePrefix: queueTable }),
    })),
    ...poolTrials(command, 'mysql', onMysql),
  }
}

interface Names {
  readonly queueTable: string
  readonly deadLetterTable?: string
  readonly migrate?: boolean
}

/** Where no tables are yet. */
interface Place {
  readonly flags: readonly string[]
  readonly app: (names: Names) => ServerApp
}

function newName(): string {
  return `t${randomUUID().slice(0, 8)}_`
}

/** The app of the user finds its tables only where the command has made them, under the names that it was given. */
function tableTrials(
  { worksOn, usesDeadLetters }: DriverCommand,
  driver: 'postgres' | 'mysql',
  newPlace: () => Place,
): Readonly<Record<string, Trial>> {
  const queueTable = `--${driver}-queue-table`
  const deadLetterTable = `--${driver}-dead-letter-table`
  return {
    [queueTable]: async () => {
      const names = { queueTable: newName() }
      const place = newPlace()
      await worksOn(place.app(names), [...serverFlags(driver), ...place.flags, queueTable, names.queueTable])
    },
    [deadLetterTable]: async () => {
      const names = { queueTable: newName(), deadLetterTable: newName() }
      const place = newPlace()
      const given = [queueTable, names.queueTable, deadLetterTable, names.deadLetterTable]
      await usesDeadLetters(
        (options) => place.app({ ...names, ...options }),
        [...serverFlags(driver), ...place.flags, ...given],
      )
    },
  }
}

function poolTrials(
  command: DriverCommand,
  driver: 'postgres' | 'mysql',
  app: () => ServerApp,
): Readonly<Record<string, Trial>> {
  const [least, most] = [`--${driver}-min-pool-size`, `--${driver}-max-pool-size`]
  const server = () => serverFlags(driver)
  return {
    [least]: async () => {
      await command.worksOn(app(), [...server(), least, '3', most, '3'])
      await isRefused(command, driver, least, [...server(), least, '4', most, '3'])
    },
    [most]: async () => {
      await command.worksOn(app(), [...server(), most, '2'])
      await isRefused(command, driver, most, [...server(), most, '0'])
    },
  }
}
