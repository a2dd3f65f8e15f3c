import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { StoreDriver } from '@tasq/core'
import type { Driver } from '@tasq/core/driver'
import { sqlite } from '@tasq/sqlite'
import { type ServerFlags, servers, stores } from './drivers.ts'

/** Where the queue is kept. */
export interface Backend {
  /** For the reader. */
  readonly where: string
  readonly driver: () => Driver
  /** Beside a broker, if there is one. */
  readonly store?: (() => StoreDriver) | undefined
  /** The same, in flags of `tasq worker`. */
  readonly flags: readonly string[]
  /** The name of the queue in it. */
  readonly queue: string
  /** Files that belong to the queue and are not to be measured. */
  readonly files: readonly string[]
  /** Whether an earlier run was interrupted. */
  readonly isFound: boolean
  /** Sees that a run which is interrupted is found again. */
  readonly remember: () => void
  /** A run that is complete leaves nothing behind. */
  readonly remove: () => void
}

/** A file of its own, with nothing else in it. */
export function sqliteBackend(file: string): Backend {
  const files = sqliteFiles(file)
  return {
    where: file,
    driver: () => sqlite(file),
    flags: ['--driver', 'sqlite', '--sqlite-file', file],
    queue: 'files',
    files,
    isFound: existsSync(file),
    remember: () => {}, // the file itself does
    remove: () => removeAll(files),
  }
}

/** A server, and as whom or where to go there. */
export interface ServerChoice {
  readonly name: string
  readonly given: ServerFlags
  readonly store?: StoreChoice | undefined
}

/** What stands beside a broker. */
export interface StoreChoice {
  readonly name: string
  /** @default the driver's own */
  readonly url: string | undefined
  /** Whether it is a file that holds nothing else. */
  readonly isOwnFile: boolean
}

/**
 * A server, which may have other queues. The name of this one is new for each run; a note keeps it until the run is complete, so
 * that one that was interrupted is found again.
 */
export function serverBackend({ name, given, store }: ServerChoice, note: string): Backend {
  const isFound = existsSync(note)
  const queue = isFound ? readFileSync(note, 'utf8') : `files-${randomUUID()}`
  const server = servers[name]
  if (server === undefined) throw new Error(`there is no server ${name}`)
  const flags = server.flags.flatMap((flag) => flagOf(flag, given[flag]))
  const storeFiles = store?.name === 'sqlite' && store.url !== undefined ? sqliteFiles(store.url) : []
  return {
    where: `queue ${queue} of ${name}${store === undefined ? '' : ` and ${store.name}`}`,
    driver: () => server.driver(given),
    store: store === undefined ? undefined : () => storeOf(store),
    flags: [
      ...['--driver', name, ...flags],
      ...(store === undefined ? [] : ['--store', store.name, ...flagOf('store-url', store.url)]),
    ],
    queue,
    files: [note, ...storeFiles],
    isFound,
    remember: () => writeFileSync(note, queue),
    remove: () => removeAll([note, ...(store?.isOwnFile ? storeFiles : [])]),
  }
}

function storeOf({ name, url }: StoreChoice): StoreDriver {
  const make = stores[name]
  if (make === undefined) throw new Error(`there is no store ${name}`)
  return make(url)
}

function flagOf(flag: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`--${flag}`, value]
}

/** SQLite keeps a log and its index beside the database. */
function sqliteFiles(file: string): readonly string[] {
  return ['', '-wal', '-shm'].map((suffix) => `${file}${suffix}`)
}

function removeAll(files: readonly string[]): void {
  for (const file of files) rmSync(file, { force: true })
}
