import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Driver, Inspection, Results } from '@tasq/core/driver'
import { mysql } from '@tasq/mysql'
import { postgres } from '@tasq/postgres'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'

/** What this program needs of a driver. */
export interface QueueDriver extends Driver {
  readonly results: Results
  readonly inspection: Inspection
}

/** Where the queue is kept. */
export interface Backend {
  /** For the reader. */
  readonly where: string
  readonly driver: () => QueueDriver
  /** The same, in flags of `tasq worker`. */
  readonly flags: readonly string[]
  /** The name of the queue in it. */
  readonly queue: string
  /** Files that belong to the queue and are not to be measured. */
  readonly files: readonly string[]
  /** Sees that a run which is interrupted is found again. */
  readonly remember: () => void
  /** A run that is complete leaves nothing behind. */
  readonly remove: () => void
}

/** Moving to another backend is one line. */
const servers: Readonly<Record<string, (url: string | undefined) => QueueDriver>> = {
  redis: (url) => redis({ url }),
  postgres: (url) => postgres({ url }),
  mysql: (url = 'mysql://localhost:3306/tasq') => mysql({ url }),
}

/** The drivers that it can be run on. */
export const driverNames: readonly string[] = ['sqlite', ...Object.keys(servers)]

/** A file of its own, with nothing else in it. */
export function sqliteBackend(file: string): Backend {
  // SQLite keeps a log and its index beside the database.
  const files = ['', '-wal', '-shm'].map((suffix) => `${file}${suffix}`)
  return {
    where: file,
    driver: () => sqlite(file),
    flags: ['--driver', 'sqlite', '--sqlite-file', file],
    queue: 'files',
    files,
    remember: () => {}, // the file itself does
    remove: () => {
      for (const part of files) rmSync(part, { force: true })
    },
  }
}

/**
 * A server, which may have other queues. The name of this one is new for each run; a note keeps it until the run is complete, so
 * that one that was interrupted is found again.
 */
export function serverBackend(name: string, flag: string, url: string | undefined, note: string): Backend {
  const queue = existsSync(note) ? readFileSync(note, 'utf8') : `files-${randomUUID()}`
  const make = servers[name]
  if (make === undefined) throw new Error(`--driver takes ${driverNames.join(', ')}, not ${name}`)
  return {
    where: `queue ${queue} of ${name}`,
    driver: () => make(url),
    flags: ['--driver', name, ...(url === undefined ? [] : [flag, url])],
    queue,
    files: [note],
    remember: () => writeFileSync(note, queue),
    remove: () => rmSync(note, { force: true }),
  }
}
