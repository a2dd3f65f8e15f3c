import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise'
import { Coalescing } from './coalescing.ts'
import type { Handler, Payload, Session, Subject } from './subject.ts'

const BATCH = 500

/** A waiting list beside the tasks, one claimer at a time, READ COMMITTED, deleted by id and token, and nothing else. */
export const rawMysql: Subject = {
  name: 'raw',
  backend: 'mysql',
  settings: `one table with a state, ${BATCH} a claim, one claimer`,
  isRaw: true,
  open: async ({ url }) => {
    const pool = createPool({ uri: `${url}/raw`, connectionLimit: 4 })
    await pool.query(
      `CREATE TABLE IF NOT EXISTS tasks (id BIGINT AUTO_INCREMENT PRIMARY KEY, payload TEXT NOT NULL)`,
    )
    await pool.query(`CREATE TABLE IF NOT EXISTS ready (id BIGINT PRIMARY KEY)`)
    await pool.query(`CREATE TABLE IF NOT EXISTS claimed (id BIGINT PRIMARY KEY, token BIGINT NOT NULL)`)
    return new RawMysql(pool)
  },
}

class RawMysql implements Session {
  readonly #pool: Pool
  readonly #writes = new Coalescing((batch) => this.#insert(batch))

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async enqueue(payload: Payload): Promise<void> {
    await this.#writes.add(payload)
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    await this.#insert(all)
  }

  async work(_concurrency: number, handler: Handler): Promise<{ stop(): Promise<void> }> {
    const loop = this.#loop(handler)
    return { stop: async () => await loop }
  }

  async left(): Promise<number> {
    const [rows] = await this.#pool.query<RowDataPacket[]>('SELECT count(*) AS count FROM tasks')
    return Number(rows[0]?.['count'])
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #insert(batch: readonly Payload[]): Promise<void> {
    await this.#transaction(async (query) => {
      const { insertId } = await query('INSERT INTO tasks (payload) VALUES ?', [
        batch.map((payload) => [JSON.stringify(payload)]),
      ])
      await query('INSERT INTO ready SELECT id FROM tasks WHERE id BETWEEN ? AND ?', [
        insertId,
        insertId + batch.length - 1,
      ])
    })
  }

  async #loop(handler: Handler): Promise<void> {
    for (let token = 1; ; token++) {
      const rows = await this.#claim(token)
      if (rows.length === 0) return
      await Promise.all(rows.map(({ payload }) => handler(JSON.parse(payload))))
      const ids = rows.map(({ id }) => id)
      await this.#transaction(async (query) => {
        await query('DELETE FROM claimed WHERE id IN (?) AND token = ?', [ids, token])
        await query('DELETE FROM tasks WHERE id IN (?)', [ids])
      })
    }
  }

  async #claim(token: number): Promise<readonly { readonly id: number; readonly payload: string }[]> {
    return await this.#transaction(async (query, select) => {
      const rows = await select(
        `SELECT t.id, t.payload FROM ready AS r STRAIGHT_JOIN tasks AS t ON t.id = r.id ORDER BY r.id LIMIT ${BATCH} FOR UPDATE`,
      )
      if (rows.length === 0) return []
      const ids = rows.map((row) => Number(row['id']))
      await query('DELETE FROM ready WHERE id IN (?)', [ids])
      await query('INSERT INTO claimed VALUES ?', [ids.map((id) => [id, token])])
      return rows.map((row) => ({ id: Number(row['id']), payload: String(row['payload']) }))
    })
  }

  async #transaction<Result>(
    work: (
      query: (sql: string, values?: unknown[]) => Promise<{ readonly insertId: number }>,
      select: (sql: string) => Promise<readonly RowDataPacket[]>,
    ) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.#pool.getConnection()
    try {
      await connection.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
      await connection.beginTransaction()
      const result = await work(
        async (sql, values) => (await connection.query<import('mysql2').ResultSetHeader>(sql, values))[0],
        async (sql) => (await connection.query<RowDataPacket[]>(sql))[0],
      )
      await connection.commit()
      return result
    } finally {
      connection.release()
    }
  }
}
