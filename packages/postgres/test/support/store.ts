import type { NewTask } from '@tasq/core/driver'
import { newTask, type TaskFields } from '@tasq/testkit/conformance'
import pg from 'pg'
import { expect, inject, onTestFinished } from 'vitest'
import { type PostgresDriver, type PostgresOptions, postgres } from '../../src/index.ts'
import { asUser, schemaOf } from './schemas.ts'

/** An empty schema for the running test, and ways to it. */
export interface TestStore {
  readonly url: string
  readonly schema: string
  /** A driver that is not open yet; closed with the test. */
  driver(options?: PostgresOptions): PostgresDriver
  /** A driver that is open. */
  open(options?: PostgresOptions): Promise<PostgresDriver>
  /** A connection of a user's own; closed with the test. */
  connect(): Promise<pg.Client>
  /** Resolves when so many connections of its drivers wait for locks that others hold. */
  untilBlocked(count: number): Promise<void>
}

export function newStore(url = inject('postgresUrl')): TestStore {
  const schema = schemaOf(url)
  const driver = (options: PostgresOptions = {}) => {
    const target = options.pool === undefined ? { url, applicationName: schema } : {}
    const made = postgres({ ...target, schema, ...options })
    onTestFinished(() => made.close())
    return made
  }
  return {
    url,
    schema,
    driver,
    open: async (options) => {
      const made = driver(options)
      await made.open()
      return made
    },
    connect: async () => {
      const client = new pg.Client(url)
      client.on('error', () => {})
      await client.connect()
      onTestFinished(() => client.end())
      return client
    },
    untilBlocked: async (count) => {
      await asUser(url, async (client) => {
        const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`
        await expect.poll(async () => (await client.query(waiting, [schema])).rows.length).toBe(count)
      })
    },
  }
}

/** So many tasks whose ids sort as those of the engine do. */
export function sortedTasks(count: number, fields: TaskFields = {}): readonly NewTask[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `01980000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
    return newTask({ id, ...fields })
  })
}
