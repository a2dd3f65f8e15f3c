import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Packr } from 'msgpackr'
import { Coalescing } from './coalescing.ts'
import type { Handler, Payload, Session, Subject } from './subject.ts'

const BATCH = 100

/** One row for each task, claimed and deleted a hundred in a transaction, under a token, and nothing else. */
export const rawSqlite: readonly Subject[] = (['normal', 'full'] as const).map((synchronous) => ({
  name: synchronous === 'full' ? 'raw' : 'raw (normal)',
  backend: 'sqlite',
  settings: `synchronous ${synchronous.toUpperCase()}, ${BATCH} a transaction`,
  isRaw: true,
  open: async ({ file }) => new RawSqlite(file, synchronous),
}))

class RawSqlite implements Session {
  readonly #packr = new Packr({ useRecords: false, moreTypes: true })
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #writes = new Coalescing(async (batch) => this.#write(batch))

  constructor(file: string, synchronous: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -16000;
       CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY, state INTEGER, token INTEGER, payload BLOB);
       CREATE INDEX IF NOT EXISTS ready ON tasks (id) WHERE state = 0`,
    )
    this.#insert = this.#database.prepare('INSERT INTO tasks (state, payload) VALUES (0, ?)')
  }

  async enqueue(payload: Payload): Promise<void> {
    await this.#writes.add(payload)
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    for (let start = 0; start < all.length; start += BATCH) this.#write(all.slice(start, start + BATCH))
  }

  async work(_concurrency: number, handler: Handler): Promise<{ stop(): Promise<void> }> {
    const loop = this.#loop(handler)
    return { stop: async () => await loop }
  }

  async left(): Promise<number> {
    return Number(this.#database.prepare('SELECT count(*) AS count FROM tasks').get()?.['count'])
  }

  async close(): Promise<void> {
    this.#database.close()
  }

  #write(batch: readonly Payload[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    for (const payload of batch) this.#insert.run(this.#packr.pack(payload))
    this.#database.exec('COMMIT')
  }

  async #loop(handler: Handler): Promise<void> {
    const claim = this.#database.prepare(
      'UPDATE tasks SET state = 1, token = ? WHERE id IN (SELECT id FROM tasks WHERE state = 0 ORDER BY id LIMIT ?) RETURNING id, payload',
    )
    const settle = this.#database.prepare('DELETE FROM tasks WHERE id = ? AND token = ?')
    for (let token = 1; ; token++) {
      this.#database.exec('BEGIN IMMEDIATE')
      const rows = claim.all(token, BATCH)
      this.#database.exec('COMMIT')
      if (rows.length === 0) return
      for (const row of rows) await handler(this.#packr.unpack(row['payload'] as Uint8Array))
      this.#database.exec('BEGIN IMMEDIATE')
      for (const row of rows) settle.run(row['id'] as number, token)
      this.#database.exec('COMMIT')
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
