import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of its own for the running test; gone with it. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tasq-quickstart-test-')))
  chmodSync(folder, 0o777) // for programs that run as somebody else
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Writes files below a folder, by their paths. */
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), contents)
  }
}

/** Many small files, each different. */
export function writeMany(folder: string, count: number): void {
  const numbers = Array.from({ length: count }, (_, index) => index)
  write(folder, Object.fromEntries(numbers.map((index) => [`${index % 20}/${index}.txt`, `file ${index}\n`])))
}
