import { createHash } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const USAGE = `Measures every file of a folder (checksum, lines, words) with real workers on a real queue.

Usage: npm start -- [folder] [options]

  folder               whose files to measure (default: this repository); .git and node_modules are left out
  --workers <n>        worker processes (default: 2)
  --concurrency <n>    files that each measures at the same time (default: 10)
  --file <path>        the queue's database (default: one for each folder, in the system's folder for temporary files)
  --help               print this`

export interface QuickstartOptions {
  readonly folder: string
  readonly workers: number
  readonly concurrency: number
  /** The queue's SQLite file. */
  readonly file: string
}

/** @throws Error saying which argument is wrong. `'help'` where that is what was asked for. */
export function parseOptions(argv: readonly string[], repository: string): QuickstartOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '2' },
      concurrency: { type: 'string', default: '10' },
      file: { type: 'string' },
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
    file: resolve(values.file ?? defaultFile(folder)),
  }
}

/** The same for the same folder, so that a run that was interrupted is found again. */
function defaultFile(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  return join(tmpdir(), `tasq-quickstart-${name}.db`)
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 1_000)
    throw new Error(`${option} takes a number from 1 to 1000, not ${text}`)
  return number
}
