import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { judge, readPromises } from '../../testing/promises.ts'
import { type ReportedTest, readTests } from '../../testing/reports.ts'

const UNIT = 'packages/core/test/unit.test.ts'
const OTHER = 'packages/core/test/other.test.ts'
const TOPIC = 'packages/testkit/src/conformance/topics/working.ts'
const DRIVER = 'packages/redis/test/conformance.test.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tasq-promises-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
})

function write(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** docs/parity.md with these rows: an id, and the files of its tests. */
function parity(...rows: readonly (readonly [id: string, ...proofs: readonly string[]])[]): void {
  const lines = rows.map(([id, ...proofs]) => {
    const links = proofs.map((proof) => `[${proof.split('/').at(-1)}](../${proof})`).join(', ') || 'not yet'
    return `| ${id} | \`a\\|b\` | the same | [a.ts](../a.ts) | ${links} |  |`
  })
  write(
    'docs/parity.md',
    ['# Parity', '', '| | promise | in Tasq | file | test | differs |', ...lines].join('\n'),
  )
}

function passed(file: string, ...titles: readonly string[]): ReportedTest {
  return { file, titles, passed: true }
}

function judged(...tests: readonly ReportedTest[]) {
  return judge(root, readPromises(root), tests)
}

test('rows are read with the files that prove them', () => {
  parity(['A1', UNIT, TOPIC], ['S2'])
  expect(readPromises(root)).toMatchObject([
    {
      id: 'A1',
      proofs: [UNIT, TOPIC],
      cells: ['A1', '`a\\|b`', 'the same', '[a.ts](../a.ts)', expect.any(String), '', ''],
    },
    { id: 'S2', proofs: [] },
  ])
})

describe('a promise is kept', () => {
  test('by a passing test with its tag, alone or among others', () => {
    parity(['A1', UNIT], ['S2', UNIT], ['A12', UNIT])
    const tests = [passed(UNIT, 'it does [A1, S2]'), passed(UNIT, 'a block', 'it does so too [A12]')]
    expect(judged(...tests)).toEqual({ promised: 3, kept: 3, problems: [] })
  })

  test('by the tests of a block with its tag', () => {
    parity(['A1', UNIT])
    expect(judged(passed(UNIT, 'a block [A1]', 'it does')).problems).toEqual([])
  })

  test('by a test of a shared suite that at least one driver has run', () => {
    parity(['A1', TOPIC])
    write(TOPIC, `name: 'it does [A1]',`)
    expect(judged(passed(DRIVER, 'workers', 'it does [A1]')).problems).toEqual([])
  })
})

describe('a promise is not kept', () => {
  test('where no test has its tag, at the end of a title', () => {
    parity(['A1', UNIT], ['A12'])
    const tests = [passed(UNIT, 'it does [A1] and more'), passed(UNIT, 'it does A1')]
    const problems = ['A1: no test has its tag', 'A12: no test has its tag']
    expect(judged(...tests)).toEqual({ promised: 2, kept: 0, problems })
  })

  test('where one of its tests did not pass', () => {
    parity(['A1', UNIT])
    const tests = [passed(UNIT, 'it does [A1]'), { ...passed(UNIT, 'so too [A1]'), passed: false }]
    expect(judged(...tests)).toMatchObject({
      kept: 0,
      problems: [`A1: 'so too [A1]' in ${UNIT} did not pass`],
    })
  })

  test('where a shared one did not pass with some drivers, which is said once', () => {
    parity(['A1', TOPIC])
    write(TOPIC, `name: 'it does [A1]',`)
    const failed = { ...passed(DRIVER, 'workers', 'it does [A1]'), passed: false }
    expect(judged(passed(DRIVER, 'it does [A1]'), failed, failed, failed).problems).toEqual([
      `A1: 'workers › it does [A1]' in ${DRIVER}, and 2 more with its title, did not pass`,
    ])
  })

  test('where a test stands in another file than its row names', () => {
    parity(['A1', UNIT], ['S2', TOPIC], ['S3'])
    write(TOPIC, `name: 'it does',`)
    const tests = [passed(OTHER, 'it does [A1]'), passed(DRIVER, 'it does [S2]'), passed(UNIT, 'so [S3]')]
    expect(judged(...tests).problems).toEqual([
      `A1: 'it does [A1]' in ${OTHER} has its tag, but its row names ${UNIT}`,
      `A1: no passing test of ${UNIT} has its tag`,
      `S2: 'it does [S2]' in ${DRIVER} has its tag, but its row names ${TOPIC}`,
      `S2: no passing test of ${TOPIC} has its tag`,
      `S3: 'so [S3]' in ${UNIT} has its tag, but its row names no test`,
    ])
  })

  test('where a file of its row has no test with its tag', () => {
    parity(['A1', UNIT, OTHER])
    expect(judged(passed(UNIT, 'it does [A1]')).problems).toEqual([
      `A1: no passing test of ${OTHER} has its tag`,
    ])
  })
})

test('a tag of no row is a problem, said once', () => {
  parity(['A1', UNIT])
  const stray = passed(DRIVER, 'it does [A99]')
  expect(judged(passed(UNIT, 'it does [A1]'), stray, stray)).toEqual({
    promised: 1,
    kept: 1,
    problems: [`A99: there is no such row, but 'it does [A99]' in ${DRIVER} has its tag`],
  })
})

test('tests are read from a report with their file from the root on, wherever it was run', () => {
  const assertionResults = [
    { ancestorTitles: ['a block'], title: 'it does', status: 'passed' },
    { ancestorTitles: [], title: 'it does not', status: 'skipped' },
  ]
  const report = {
    testResults: [{ name: `/elsewhere/packages/core/checkout/${UNIT}`, assertionResults }],
  }
  write('packages/core/.reports/node-24.json', JSON.stringify(report))
  expect(readTests(root, 'packages/core', '24')).toEqual([
    { file: UNIT, titles: ['a block', 'it does'], passed: true },
    { file: UNIT, titles: ['it does not'], passed: false },
  ])
  expect(readTests(root, 'packages/sqlite', '24')).toEqual([])
})
