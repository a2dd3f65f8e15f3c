import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  type Diagnostics,
  type Examined,
  examine,
  type Found,
  type Look,
  ORPHANED_MS,
  WORKER_RECORDS,
} from '@tasq/core/driver'
import { integer, schemaLooks, text } from '@tasq/sql-kernel'
import type { ResolvedSqliteOptions } from './options.ts'
import { readRecords } from './procedures/records.ts'
import { SCHEMA, schemaStore } from './schema.ts'
import { SqliteSession } from './session.ts'
import countOrphans from './statements/count-orphans.sql'
import readVersion from './statements/read-version.sql'

const MIB = 1024 * 1024
/** A check of all pages blocks the process that makes it: about a second for this much. */
const MOST_CHECKED_BYTES = 256 * MIB
const LITTLE_SPACE_BYTES = 500 * MIB
const NO_SPACE_BYTES = 50 * MIB
/** A write-ahead log begins anew when it has 16 MiB and nobody reads from it. */
const LONG_LOG_BYTES = 256 * MIB

/** What can be said of an SQLite file; one that is not there is not made. */
export function sqliteDiagnostics(options: ResolvedSqliteOptions): Diagnostics {
  const { file } = options
  return {
    check: async () =>
      await examine({
        subject: 'sqlite',
        where: file === ':memory:' ? 'SQLite in memory' : `The SQLite file ${file}`,
        connect: async () => await connect(options),
      }),
  }
}

async function connect(options: ResolvedSqliteOptions): Promise<Examined> {
  const { file } = options
  const nothing = { ping: async () => undefined, close: () => undefined }
  if (file === ':memory:') {
    return {
      ...nothing,
      looks: [{ check: 'durability', find: inMemory }],
      presence: 'It is in this process.',
    }
  }
  const folder = dirname(resolve(file))
  const aroundIt: readonly Look[] = [
    { check: 'disk', find: () => foundSpace(folder) },
    { check: 'writable', find: () => foundRights(file, folder) },
    { check: 'durability', find: async () => foundDurability(options) },
  ]
  if (!(await exists(file))) {
    const looks = [{ check: 'schema', find: isMissing }, ...aroundIt]
    return { ...nothing, looks, presence: `Its folder, ${folder}, is there.` }
  }
  const session = new SqliteSession(options)
  await session.open('look')
  return {
    ping: async () => session.pragma('schema_version'),
    looks: [...looksInside(session, options), ...aroundIt],
    close: () => session.close(),
  }
}

function looksInside(session: SqliteSession, options: ResolvedSqliteOptions): readonly Look[] {
  const { clock, library } = options
  return [
    {
      check: 'version',
      find: async () => ({
        status: 'ok',
        message: `SQLite ${text(session.read((statements) => statements.first(readVersion))?.[0])}, by ${library === 'node' ? 'node:sqlite' : library}.`,
      }),
    },
    ...schemaLooks({
      schema: SCHEMA,
      store: schemaStore(session, options),
      migrates: options.migrate,
      orphans: async () => {
        const now = clock.now()
        const row = session.read((statements) => statements.first(countOrphans, now - ORPHANED_MS))
        const count = integer(row?.[0])
        return { count, oldestMs: count === 0 ? undefined : now - integer(row?.[1]) }
      },
      workers: async () => {
        const read = session.read((statements) => readRecords(statements, WORKER_RECORDS, '', clock.now()))
        return read.records.length
      },
    }),
    { check: 'journal-mode', find: async () => foundJournalMode(session) },
    { check: 'wal-size', find: () => foundLog(`${options.file}-wal`) },
    { check: 'integrity', find: () => foundIntegrity(session) },
  ]
}

async function inMemory(): Promise<Found> {
  return { status: 'note', message: 'The database is in memory: tasks are gone when this process ends.' }
}

async function isMissing(): Promise<Found> {
  return { status: 'note', message: 'There is no file yet; whoever opens it first makes one.' }
}

function foundDurability({ synchronous }: ResolvedSqliteOptions): Found {
  if (synchronous === 'full') {
    return { status: 'ok', message: 'synchronous is full: what was acknowledged survives a power cut.' }
  }
  return {
    status: 'note',
    message: 'synchronous is normal: a power cut may take the tasks of the last moments.',
    nextStep: "Set synchronous to 'full' where that matters.",
  }
}

function foundJournalMode(session: SqliteSession): Found {
  const mode = String(session.pragma('journal_mode'))
  if (mode === 'wal') return { status: 'ok', message: 'Changes go through a write-ahead log.' }
  return {
    status: 'warning',
    message: `The journal mode is ${mode}: readers and writers keep each other waiting.`,
    nextStep:
      'Tasq sets WAL when it opens the file. Where that does not last, the file is on a network drive.',
  }
}

async function foundLog(file: string): Promise<Found> {
  const bytes = await sizeOf(file)
  if (bytes < LONG_LOG_BYTES) return { status: 'ok', message: `The write-ahead log has ${mib(bytes)}.` }
  return {
    status: 'warning',
    message: `The write-ahead log has ${mib(bytes)}: a reader keeps it from beginning anew.`,
    nextStep: 'End what has had a transaction open on the file for so long, such as a shell of sqlite3.',
  }
}

async function foundIntegrity(session: SqliteSession): Promise<Found> {
  const bytes = await sizeOf(session.file)
  if (bytes > MOST_CHECKED_BYTES) {
    return {
      status: 'note',
      message: `The file has ${mib(bytes)}, and its pages were not checked: that would take long.`,
      nextStep: `Run it when it suits you: sqlite3 ${session.file} 'PRAGMA quick_check'.`,
    }
  }
  const answer = String(session.pragma('quick_check(1)'))
  if (answer === 'ok') return { status: 'ok', message: `All pages of the file, ${mib(bytes)}, are sound.` }
  return {
    status: 'error',
    message: `The file is damaged: ${answer}`,
    nextStep: "Stop the workers and restore a copy, or save what can be read with sqlite3's '.recover'.",
  }
}

async function foundSpace(folder: string): Promise<Found> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${mib(free)} are free on the disk of ${folder}.`
  if (free >= LITTLE_SPACE_BYTES) return { status: 'ok', message }
  const nextStep = 'Free space: on a full disk nothing is enqueued and nothing settled.'
  return { status: free < NO_SPACE_BYTES ? 'error' : 'warning', message, nextStep }
}

/** SQLite makes files of its own beside the database. */
async function foundRights(file: string, folder: string): Promise<Found> {
  const denied = (await isWritable(folder)) ? ((await isWritable(file)) ? undefined : file) : folder
  if (denied === undefined) return { status: 'ok', message: 'The file and its folder can be written.' }
  return {
    status: 'error',
    message: `This user may not write ${denied}.`,
    nextStep: 'Give this user the right to write the file and its folder.',
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return true
  } catch (error) {
    return isNotThere(error)
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (!isNotThere(error)) throw error
    await stat(dirname(resolve(file))) // one without a folder can't be made
    return false
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (!isNotThere(error)) throw error
    return 0
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toLocaleString('en', { maximumFractionDigits: bytes < 10 * MIB ? 1 : 0 })} MiB`
}
