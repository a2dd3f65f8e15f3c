import { createHash } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Backend, type StoreChoice, serverBackend, sqliteBackend } from './backend.ts'
import { driverNames, type ServerFlags, serverFlags, servers, stores } from './drivers.ts'

export const USAGE = `Measures every file of a folder (checksum, lines, words) with real workers on a real queue.

Usage: npm start -- [folder] [options]

  folder               whose files to measure (default: this repository); .git and node_modules are left out
  --workers <n>        worker processes (default: 2)
  --concurrency <n>    files that each measures at the same time (default: 10)
  --driver <name>      where the queue is kept: ${driverNames.join(', ')} (default: sqlite)
  --file <path>        the database of sqlite (default: one for each folder, in the system's folder for temporary files)
  --redis-url, --postgres-dsn, --mysql-dsn, --rabbitmq-url <url>   the server of a driver (default: the driver's own)
  --sqs-endpoint-url <url>, --sqs-region <name>   where sqs is, if not where the settings of AWS say; keys come from those
  --store <name>       what keeps results beside rabbitmq or sqs: ${Object.keys(stores).join(', ')} (default: none)
  --store-url <url>    where it is (default: the driver's own; for sqlite as above)
  --help               print this`

export interface QuickstartOptions {
  readonly folder: string
  readonly workers: number
  readonly concurrency: number
  readonly backend: Backend
}

/** @throws Error saying which argument is wrong. `'help'` where that is what was asked for. */
export function parseOptions(argv: readonly string[], repository: string): QuickstartOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '2' },
      concurrency: { type: 'string', default: '10' },
      driver: { type: 'string', default: 'sqlite' },
      file: { type: 'string' },
      'redis-url': { type: 'string' },
      'postgres-dsn': { type: 'string' },
      'mysql-dsn': { type: 'string' },
      'rabbitmq-url': { type: 'string' },
      'sqs-endpoint-url': { type: 'string' },
      'sqs-region': { type: 'string' },
      store: { type: 'string' },
      'store-url': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  if (positionals.length > 1) throw new Error(`one folder at a time, not ${positionals.join(' and ')}`)
  const folder = resolve(positionals[0] ?? repository)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${folder} is no folder`)
  accessSync(folder, constants.R_OK | constants.X_OK)
  return {
    folder,
    workers: positive('--workers', values.workers),
    concurrency: positive('--concurrency', values.concurrency),
    backend: backendOf(folder, values),
  }
}

interface Values extends ServerFlags {
  readonly driver?: string | undefined
  readonly file?: string | undefined
  readonly store?: string | undefined
  readonly 'store-url'?: string | undefined
}

function backendOf(folder: string, values: Values): Backend {
  const { driver = 'sqlite', file, store: storeName } = values
  if (!driverNames.includes(driver))
    throw new Error(`--driver takes ${driverNames.join(', ')}, not ${driver}`)
  refuseStrays(driver, values)
  const name = join(tmpdir(), `tasq-quickstart-${keyOf(folder)}`)
  if (driver === 'sqlite') return sqliteBackend(resolve(file ?? `${name}.db`))
  const store = storeName === undefined ? undefined : storeOf(storeName, values['store-url'], name)
  const note = `${name}.${[driver, ...(storeName === undefined ? [] : [storeName])].join('+')}`
  return serverBackend({ name: driver, given: values, store }, note)
}

/** Flags that would have no effect. */
function refuseStrays(driver: string, values: Values): void {
  const { flags = ['file'], isBroker = false } = servers[driver] ?? {}
  const own: readonly string[] = [...flags, ...(isBroker ? ['store', 'store-url'] : [])]
  const stray = (['file', ...serverFlags, 'store', 'store-url'] as const).find(
    (flag) => values[flag] !== undefined && !own.includes(flag),
  )
  if (stray !== undefined) throw new Error(`--${stray} has no effect with --driver ${driver}`)
  if (values.store === undefined && values['store-url'] !== undefined)
    throw new Error('--store-url has no effect without --store')
}

function storeOf(name: string, url: string | undefined, place: string): StoreChoice {
  const names = Object.keys(stores)
  if (!names.includes(name)) throw new Error(`--store takes ${names.join(', ')}, not ${name}`)
  if (name !== 'sqlite') return { name, url, isOwnFile: false }
  return { name, url: resolve(url ?? `${place}.store.db`), isOwnFile: url === undefined }
}

/** The same for the same folder, so that a run that was interrupted is found again. */
function keyOf(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12)
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 1_000)
    throw new Error(`${option} takes a number from 1 to 1000, not ${text}`)
  return number
}
