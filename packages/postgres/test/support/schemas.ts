import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { onTestFinished } from 'vitest'

const TABLES = ['tasks', 'dead_letters', 'outcomes', 'unique_keys', 'receipts', 'records'].map(
  (name) => `tasq_${name}`,
)

/** The name of a schema that nobody has. */
export function newSchema(): string {
  return `t_${randomUUID().replaceAll('-', '').slice(0, 20)}`
}

/** The name of a schema for the running test; dropped with it. */
export function schemaOf(url: string): string {
  const schema = newSchema()
  onTestFinished(async () => {
    await asUser(url, (client) => client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`))
  })
  return schema
}

/** Schemas that were emptied, to be used again: making one takes longer than most tests. */
export class Schemas {
  readonly #url: string
  readonly #all: string[] = []
  readonly #free: string[] = []

  constructor(url: string) {
    this.#url = url
  }

  take(): string {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const schema = newSchema()
    this.#all.push(schema)
    return schema
  }

  async giveBack(schema: string): Promise<void> {
    await asUser(this.#url, async (client) => {
      const { rows } = await client.query('SELECT to_regclass($1) AS found', [`${schema}.tasq_tasks`])
      if (rows[0].found === null) return
      await client.query(TABLES.map((table) => `DELETE FROM ${schema}.${table}`).join('; '))
    })
    this.#free.push(schema)
  }

  async dropAll(): Promise<void> {
    await asUser(this.#url, async (client) => {
      for (const schema of this.#all) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    })
  }
}

/** Does something on a connection of its own. */
export async function asUser<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
