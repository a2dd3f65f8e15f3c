import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode } from '@tasq/test-support'
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { blocksOf, filesOf } from '../src/documented.ts'
import { Installation } from '../src/installation.ts'
import { root } from '../src/public-packages.ts'

const document = 'docs/how-to/write-a-driver.md'
const fence = "  if (task.token !== token) return 'lost' // the fence\n"
const SUITE_MS = 300_000
/** More than the calls to the file system of the steps that a process dies in. */
const MOST_CALLS = 27

const installation = new Installation(inject('installed'))
const folder = join(installation.folder, 'own-driver')

describe('the driver of the documentation, on the installed packages', () => {
  beforeAll(async () => {
    for (const { file, code } of filesOf(document)) await installation.write(join('own-driver', file), code)
  })

  test('passes all cases, as many as the page says; those of its facet as well', {
    timeout: SUITE_MS,
  }, async () => {
    const [bare, whole] = await Promise.all([suite('conformance.test.ts'), suite('results.test.ts')])
    const page = readFileSync(join(root, document), 'utf8')
    for (const line of bare.match(/^# (tests|pass|fail|skipped) \d+$/gm) ?? []) {
      expect(page).toContain(`\n${line.replace('#', 'ℹ')}\n`)
    }
    expect(whole).toContain('# Subtest: results')
    for (const report of [bare, whole]) expect(report).toMatch(/^# fail 0\n# cancelled 0\n# skipped 0$/m)
  })

  test(
    'without its fence it fails as the page says',
    async () => {
      for (const { file, code } of filesOf(document)) {
        if (file === 'settle.ts') expect(code).toContain(fence)
        await installation.write(join('broken-driver', file), code.replace(fence, ''))
      }
      const shown = blocksOf(document).find(({ lines }) => lines[0]?.startsWith('✖'))?.lines ?? []
      const cwd = join(installation.folder, 'broken-driver')
      const argv = ['--test', '--test-reporter=spec', '--test-name-pattern=fencing', 'conformance.test.ts']
      const { code, out } = await finishNode(argv, { cwd })
      expect(code).toBe(1)
      expect(shown.length).toBeGreaterThan(3)
      const said = out.replaceAll(/ \([\d.]+ms\)$/gm, '').split('\n')
      expect(shown.filter((line) => !said.includes(line))).toEqual([])
    },
    SUITE_MS,
  )

  test('loses and repeats nothing, whichever call to the file system is its last', {
    timeout: SUITE_MS,
  }, async () => {
    const calls = Array.from({ length: MOST_CALLS }, (_, index) => index + 1)
    const deaths = await inTurns(calls, dieAndInherit)
    expect(deaths.slice(0, 20)).not.toContain(false)
    expect(deaths.at(-1), 'the last call is among those that were tried').toBe(false)
  })

  test('is shared by processes, each task run by one of them', { timeout: SUITE_MS }, async () => {
    const path = newFolder()
    const ended = await Promise.all([1, 2, 3, 4].map(() => run('share-folder.ts', path)))
    for (const { code, err } of ended) expect(code, err).toBe(0)
    const done = ended.flatMap(({ out }) => out.trim().split('\n'))
    expect(done.filter((line) => !line.endsWith(' settled'))).toEqual([])
    expect([done.length, new Set(done).size]).toEqual([200, 200])
  })

  test('runs tasks', async () => {
    const { code, out, err } = await finishNode(['example.ts'], { cwd: folder })
    expect({ code, out }, err).toEqual({ code: 0, out: 'Hello, world!\n' })
  })
})

/** A process dies at one of its calls, and another one goes on; tells whether there was such a call. */
async function dieAndInherit(call: number): Promise<boolean> {
  const path = newFolder()
  const victim = await run('die-in-step.ts', path, String(call))
  expect(['SIGKILL', 0], victim.err).toContain(victim.code)
  const heir = await run('die-in-step.ts', path)
  expect(heir.code, heir.err).toBe(0)
  const { attempts, answers, ...rest } = JSON.parse(heir.out)
  expect(rest, `died at call ${call}`).toEqual({ following: ['a', 'b', 'c'], left: 0 })
  expect(
    attempts.every((attempt: unknown) => attempt === 1),
    heir.out,
  ).toBe(true)
  expect(
    answers.every((answer: unknown) => answer === 'settled'),
    heir.out,
  ).toBe(true)
  return victim.code !== 0
}

/** Some at a time; the answers in order. */
async function inTurns<Item, Answer>(
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let start = 0; start < items.length; start += 3) {
    answers.push(...(await Promise.all(items.slice(start, start + 3).map(work))))
  }
  return answers
}

function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'folder-driver-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function run(fixture: string, path: string, ...parameters: readonly string[]) {
  const program = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url))
  return finishNode([program, join(folder, 'index.ts'), path, ...parameters])
}

/** Runs the suite to its end, and gives its report. */
async function suite(file: string): Promise<string> {
  const options = { cwd: folder }
  const { code, out } = await finishNode(['--test', '--test-reporter=tap', file], options)
  expect(code, failedIn(out)).toBe(0)
  return out
}

function failedIn(report: string): string {
  return report
    .split('\n')
    .filter((line) => line.trim().startsWith('not ok'))
    .join('\n')
}
