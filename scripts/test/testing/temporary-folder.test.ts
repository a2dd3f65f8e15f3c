import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../testing/temporary-folder.ts'

const module = new URL('../../testing/temporary-folder.ts', import.meta.url).href

function made(...args: Parameters<typeof temporaryFolder>): string {
  const folder = temporaryFolder(...args)
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Stands for the place of files in memory. */
function memory(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tasq-memory-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('the folder is in memory where there is enough, and open to users that servers run as', () => {
  const roomy = { environment: {}, memory: memory(), enoughBytes: 1 }
  const folder = made(roomy)
  expect(dirname(folder)).toBe(roomy.memory)
  expect(statSync(folder).mode & 0o777).toBe(0o755)
})

test.each([
  ['TMPDIR says another place', { environment: { TMPDIR: tmpdir() }, enoughBytes: 1 }],
  ['there is too little of it', { environment: {}, enoughBytes: Number.POSITIVE_INFINITY }],
  ['there is none', { environment: {}, enoughBytes: 1, memory: join(tmpdir(), 'none') }],
])('it is not in memory where %s', (_, place) => {
  expect(dirname(made({ memory: memory(), ...place }))).toBe(tmpdir())
})

test('it ends with the process that made it, with all that is in it', () => {
  const program = `
    const { temporaryFolder } = await import(${JSON.stringify(module)})
    const folder = temporaryFolder()
    const { writeFileSync } = await import('node:fs')
    writeFileSync(folder + '/left', 'over')
    console.log(folder)`
  const folder = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(folder.trim()).toMatch(/tasq-tests-/)
  expect(existsSync(folder.trim())).toBe(false)
})
