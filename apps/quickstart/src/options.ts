import { createHash } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Backend, driverNames, serverBackend, sqliteBackend } from './backend.ts'

/** The flag that says where the server of a driver is, as `tasq worker` has it. */
const URL_FLAGS: Readonly<Record<string, 'redis-url' | 'postgres-dsn' | 'mysql-dsn'>> = {
  redis: 'redis-url',
  postgres: 'postgres-dsn',
  mysql: 'mysql-dsn',
}

export const USAGE = `Measures every file of a folder (checksum, lines, words) with real workers on a real queue.

Usage: npm start -- [folder] [options]

  folder               whose files to measure (default: this repository); .git and node_modules are left out
  --workers <n>        worker processes (default: 2)
  --concurrency <n>    files that each measures at the same time (default: 10)
  --driver <name>      where the queue is kept: ${driverNames.join(', ')} (default: sqlite)
  --file <path>        the database of sqlite (default: one for each folder, in the system's folder for temporary files)
  --redis-url, --postgres-dsn, --mysql-dsn <url>   the server of the other drivers (default: the driver's own)
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

type Values = Partial<Readonly<Record<'driver' | 'file' | (typeof URL_FLAGS)[string], string>>>

function backendOf(folder: string, values: Values): Backend {
  const { driver = 'sqlite', file } = values
  if (!driverNames.includes(driver))
    throw new Error(`--driver takes ${driverNames.join(', ')}, not ${driver}`)
  const own = driver === 'sqlite' ? 'file' : URL_FLAGS[driver]
  const stray = (['file', ...Object.values(URL_FLAGS)] as const).find(
    (flag) => flag !== own && values[flag] !== undefined,
  )
  if (stray !== undefined) throw new Error(`--${stray} has no effect with --driver ${driver}`)
  const name = join(tmpdir(), `tasq-quickstart-${keyOf(folder)}`)
  if (driver === 'sqlite') return sqliteBackend(resolve(file ?? `${name}.db`))
  const flag = URL_FLAGS[driver] ?? 'redis-url'
  return serverBackend(driver, `--${flag}`, values[flag], `${name}.${driver}`)
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
