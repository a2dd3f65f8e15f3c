import pg from 'pg'
import { Coalescing } from './coalescing.ts'
import type { Handler, Payload, Session, Subject } from './subject.ts'

const BATCH = 500
const LOOPS = 2

/** One table: claimed by UPDATE … RETURNING, deleted by id and token, and nothing else. */
export const rawPostgres: Subject = {
  name: 'raw',
  backend: 'postgres',
  settings: `one table, ${BATCH} a claim, ${LOOPS} loops`,
  isRaw: true,
  open: async ({ url }) => {
    const pool = new pg.Pool({ connectionString: url, max: 4 })
    await pool.query(`
      SELECT pg_advisory_lock(1);
      CREATE TABLE IF NOT EXISTS raw_tasks (id bigserial PRIMARY KEY, token bigint, payload text NOT NULL) WITH (fillfactor = 50);
      CREATE INDEX IF NOT EXISTS raw_ready ON raw_tasks (id) WHERE token IS NULL;
      SELECT pg_advisory_unlock(1)`)
    return new RawPostgres(pool)
  },
}

class RawPostgres implements Session {
  readonly #pool: pg.Pool
  readonly #writes = new Coalescing((batch) => this.#insert(batch))

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async enqueue(payload: Payload): Promise<void> {
    await this.#writes.add(payload)
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    await this.#insert(all)
  }

  async work(_concurrency: number, handler: Handler): Promise<{ stop(): Promise<void> }> {
    const loops = Promise.all(Array.from({ length: LOOPS }, (_, loop) => this.#loop(loop, handler)))
    return { stop: async () => void (await loops) }
  }

  async left(): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>('SELECT count(*)::int AS count FROM raw_tasks')
    return rows[0]?.count ?? Number.NaN
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #insert(batch: readonly Payload[]): Promise<void> {
    const text = 'INSERT INTO raw_tasks (payload) SELECT * FROM unnest($1::text[])'
    await this.#pool.query({
      name: 'insert',
      text,
      values: [batch.map((payload) => JSON.stringify(payload))],
    })
  }

  async #loop(loop: number, handler: Handler): Promise<void> {
    const claim = `
      WITH claimed AS MATERIALIZED (
        SELECT id FROM raw_tasks WHERE token IS NULL ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
      )
      UPDATE raw_tasks AS t SET token = $1 FROM claimed WHERE t.id = claimed.id RETURNING t.id, t.payload`
    const settle = 'DELETE FROM raw_tasks WHERE id = ANY($1::bigint[]) AND token = $2'
    for (let token = loop + 1; ; token += LOOPS) {
      const { rows } = await this.#pool.query<[string, string]>({
        name: 'claim',
        text: claim,
        values: [token],
        rowMode: 'array',
      })
      if (rows.length === 0) return
      await Promise.all(rows.map(([, payload]) => handler(JSON.parse(payload))))
      await this.#pool.query({ name: 'settle', text: settle, values: [rows.map(([id]) => id), token] })
    }
  }
}
