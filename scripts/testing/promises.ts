import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReportedTest } from './reports.ts'

/** One promise of docs/parity.md. */
export interface Promised {
  /** `A12`. */
  readonly id: string
  /** The files with the tests that prove it, from the root; none where it is not kept yet. */
  readonly proofs: readonly string[]
  /** All cells of its row, the first one with its id. */
  readonly cells: readonly string[]
}

/** What the tests of a run say of the promises. */
export interface Judgement {
  readonly promised: number
  /** How many have a passing test in each file that their row names, and none that is wrong. */
  readonly kept: number
  /** What is wrong, each with the id that it is about. */
  readonly problems: readonly string[]
}

/** A test whose title, or that of a block around it, ends with the id of a promise. */
interface TaggedTest extends ReportedTest {
  readonly id: string
  /** The title with the tag, without those around it. */
  readonly taggedTitle: string
}

const ID = '[ASCUQ]\\d+'
const TAG = new RegExp(`\\[(${ID}(?:, ${ID})*)\\]$`)

/** The rows of docs/parity.md, in their order. */
export function readPromises(root: string): readonly Promised[] {
  const row = new RegExp(`^\\| ${ID} \\|`)
  return readFileSync(join(root, 'docs/parity.md'), 'utf8')
    .split('\n')
    .filter((line) => row.test(line))
    .map((line) => {
      const [, ...cells] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
      const proofs = [...(cells[4] ?? '').matchAll(/\]\(\.\.\/([^)]+)\)/g)].flatMap(([, path]) => path ?? [])
      return { id: cells[0] ?? '', proofs, cells }
    })
}

/** Whether each promise has a passing test that carries its id and stands where its row says. */
export function judge(
  root: string,
  promises: readonly Promised[],
  tests: readonly ReportedTest[],
): Judgement {
  const tagged = Map.groupBy(tests.flatMap(tagsOf), ({ id }) => id)
  const ofRows = promises.map((promised) => problemsOf(root, promised, tagged.get(promised.id) ?? []))
  const ids = new Set(promises.map(({ id }) => id))
  const strays = [...tagged].flatMap(([id, ofId]) =>
    ids.has(id) ? [] : ofId.map((test) => `${id}: there is no such row, but ${nameOf(test)} has its tag`),
  )
  return {
    promised: promises.length,
    kept: ofRows.filter((problems) => problems.length === 0).length,
    problems: [...ofRows.flat(), ...new Set(strays)],
  }
}

/** One for each id in the titles of a test. */
function tagsOf(test: ReportedTest): readonly TaggedTest[] {
  return test.titles.flatMap((taggedTitle) => {
    const ids = TAG.exec(taggedTitle)?.[1]?.split(', ') ?? []
    return ids.map((id) => ({ ...test, id, taggedTitle }))
  })
}

/** Some tests run once for each driver, so the same may be said of several: it is said once. */
function problemsOf(root: string, promised: Promised, tests: readonly TaggedTest[]): readonly string[] {
  const { id, proofs } = promised
  if (tests.length === 0) return [`${id}: no test has its tag`]
  const standing = tests.map((test) => ({ test, proof: proofOf(root, promised, test) }))
  const elsewhere = standing.flatMap(({ test, proof }) =>
    proof === undefined
      ? [`${id}: ${nameOf(test)} has its tag, but its row names ${proofs.join(', ') || 'no test'}`]
      : [],
  )
  const empty = proofs
    .filter((each) => !standing.some(({ test, proof }) => test.passed && proof === each))
    .map((each) => `${id}: no passing test of ${each} has its tag`)
  return [...notPassed(id, tests), ...new Set([...elsewhere, ...empty])]
}

/** One for each title, however many drivers it did not pass with. */
function notPassed(id: string, tests: readonly TaggedTest[]): readonly string[] {
  const failed = Map.groupBy(
    tests.filter(({ passed }) => !passed),
    ({ titles }) => titles.at(-1),
  )
  return [...failed.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const more = others.length === 0 ? '' : `, and ${others.length} more with its title,`
    return [`${id}: ${nameOf(first)}${more} did not pass`]
  })
}

/** The file of the row that the test stands in: the one that was run, or a shared suite that has its title. */
function proofOf(root: string, { proofs }: Promised, test: TaggedTest): string | undefined {
  return proofs.find((proof) =>
    proof.endsWith('.test.ts')
      ? proof === test.file
      : existsSync(join(root, proof)) && readFileSync(join(root, proof), 'utf8').includes(test.taggedTitle),
  )
}

function nameOf({ file, titles }: ReportedTest): string {
  return `'${titles.join(' › ')}' in ${file}`
}
