import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Packr } from 'msgpackr'
import { type Figure, measure, payloadOf, type Scenario } from '../scenario.ts'

const BATCH = 100
const file = join(tmpdir(), `tasq-benchmark-raw-${process.pid}.db`)
const packr = new Packr({ useRecords: true, moreTypes: true, int64AsType: 'bigint' })

/** The steps of the engine on a Map, with nothing around them: decode, run, fence by token, remove. */
async function engineLoop(tasks: number): Promise<Figure> {
  const live = new Map<string, { readonly id: string; readonly bytes: Uint8Array; token: string }>()
  for (let index = 0; index < tasks; index++) {
    const id = `01980000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
    live.set(id, { id, bytes: packr.pack({ index, ...payloadOf(index) }), token: '' })
  }
  const waiting = [...live.values()]
  let ran = 0
  const handler = async (_input: unknown) => {
    ran++
  }
  const figure = await measure(tasks, async () => {
    for (let start = 0; start < tasks; start += 500) {
      const batch = waiting.slice(start, start + 500)
      const token = `call-${start}`
      for (const task of batch) task.token = token
      const settled = await Promise.all(
        batch.map(async (task) => {
          await handler(packr.unpack(task.bytes))
          return { id: task.id, token }
        }),
      )
      await new Promise((resolve) => setImmediate(resolve))
      for (const { id, token: own } of settled) if (live.get(id)?.token === own) live.delete(id)
    }
  })
  if (ran !== tasks || live.size > 0) throw new Error(`${ran} of ${tasks} tasks ran: no figure`)
  return figure
}

function openDatabase(synchronous: string): DatabaseSync {
  removeFile()
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -16000`)
  database.exec('CREATE TABLE tasks (id INTEGER PRIMARY KEY, state INTEGER, token INTEGER, payload BLOB)')
  database.exec('CREATE INDEX ready ON tasks (id) WHERE state = 0')
  return database
}

function removeFile(): void {
  for (const part of ['', '-wal', '-shm']) rmSync(`${file}${part}`, { force: true })
}

function insertAll(database: DatabaseSync, tasks: number): void {
  const insert = database.prepare('INSERT INTO tasks (state, payload) VALUES (0, ?)')
  for (let start = 0; start < tasks; start += BATCH) {
    database.exec('BEGIN IMMEDIATE')
    for (let index = start; index < Math.min(start + BATCH, tasks); index++) {
      insert.run(packr.pack({ index, ...payloadOf(index) }))
    }
    database.exec('COMMIT')
  }
}

/** One row for each task, a hundred in a transaction, and nothing else. */
async function insertLoop(synchronous: string, tasks: number): Promise<Figure> {
  const database = openDatabase(synchronous)
  const figure = await measure(tasks, async () => insertAll(database, tasks))
  database.close()
  removeFile()
  return figure
}

/** Claim a hundred rows under a token, delete them by id and token. */
async function claimLoop(synchronous: string, tasks: number): Promise<Figure> {
  const database = openDatabase(synchronous)
  insertAll(database, tasks)
  const claim = database.prepare(
    'UPDATE tasks SET state = 1, token = ? WHERE id IN (SELECT id FROM tasks WHERE state = 0 ORDER BY id LIMIT ?) RETURNING id, payload',
  )
  const settle = database.prepare('DELETE FROM tasks WHERE id = ? AND token = ?')
  let ran = 0
  const figure = await measure(tasks, async () => {
    for (let token = 1; ran < tasks; token++) {
      database.exec('BEGIN IMMEDIATE')
      const rows = claim.all(token, BATCH)
      database.exec('COMMIT')
      for (const row of rows) packr.unpack(row['payload'] as Uint8Array)
      database.exec('BEGIN IMMEDIATE')
      for (const row of rows) ran += Number(settle.run(row['id'] as number, token).changes)
      database.exec('COMMIT')
    }
  })
  database.close()
  removeFile()
  return figure
}

/** What this machine can do at most: the limits that the other figures are held against. */
export const rawScenarios: readonly Scenario[] = [
  { name: 'raw: engine loop', unit: 'tasks/s', isWarm: true, run: engineLoop },
  ...(['normal', 'full'] as const).flatMap((level): Scenario[] => [
    {
      name: `raw: sqlite ${level} insert`,
      unit: 'tasks/s',
      isWarm: true,
      run: (tasks) => insertLoop(level, tasks),
    },
    {
      name: `raw: sqlite ${level} claim and settle`,
      unit: 'tasks/s',
      isWarm: true,
      run: (tasks) => claimLoop(level, tasks),
    },
  ]),
]
