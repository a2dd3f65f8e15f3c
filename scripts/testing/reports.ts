import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** How many tests ended how. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What one package's tests came to on one Node. */
export interface PackageResult {
  readonly counts: Counts
  /** What is wrong beyond failed tests. */
  readonly problem?: string
}

/** One test of a package, as its report tells of it. */
export interface ReportedTest {
  /** From the root of the repository: `packages/core/test/errors.test.ts`. */
  readonly file: string
  /** Its title, after those of the blocks around it. */
  readonly titles: readonly string[]
  readonly passed: boolean
}

/** The part of Vitest's JSON report that is read. */
interface VitestReport {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    /** The path of its file, where it was run. */
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 }

/** Removes earlier reports, so that whatever is there after a run belongs to it (or to its cached outputs). */
export function removeReports(root: string, folders: readonly string[]): void {
  for (const folder of folders) rmSync(join(root, folder, '.reports'), { recursive: true, force: true })
}

/** Reads the report of one package; one that is absent, unreadable or empty counts as a failure. */
export function readReport(root: string, folder: string, major: string): PackageResult {
  const file = reportOf(folder, major)
  if (!existsSync(join(root, file))) {
    return failure(`no report in ${file}: its tests were not run, or did not come to their end`)
  }
  const counts = countsOf(readFileSync(join(root, file), 'utf8'))
  if (counts === undefined) return failure(`${file} is not a report of Vitest`)
  if (counts.passed + counts.failed + counts.skipped === 0) return failure(`${file} has no tests`)
  return { counts }
}

/** Each test that the report of one package tells of; none where there is no report. */
export function readTests(root: string, folder: string, major: string): readonly ReportedTest[] {
  const file = join(root, reportOf(folder, major))
  const report = existsSync(file) ? parsed(readFileSync(file, 'utf8')) : undefined
  return (report?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      // A report may come from the cache of another checkout, so its path is read from the folder on.
      file: name.slice(name.lastIndexOf(`/${folder}/`) + 1),
      titles: [...ancestorTitles, title],
      passed: status === 'passed',
    })),
  )
}

export function add(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, counts) => ({
      passed: sum.passed + counts.passed,
      failed: sum.failed + counts.failed,
      skipped: sum.skipped + counts.skipped,
    }),
    noCounts,
  )
}

export function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

function reportOf(folder: string, major: string): string {
  return join(folder, '.reports', `node-${major}.json`)
}

function failure(problem: string): PackageResult {
  return { counts: { passed: 0, failed: 1, skipped: 0 }, problem }
}

function countsOf(json: string): Counts | undefined {
  const report = parsed(json)
  if (report?.testResults === undefined) return undefined
  const failed = report.testResults.map(({ status, assertionResults }) => {
    const failedTests = assertionResults.filter((test) => test.status === 'failed').length
    // A file that could not be loaded, or whose hook failed, has no failed test of its own.
    return failedTests === 0 && status === 'failed' ? 1 : failedTests
  })
  return {
    passed: report.numPassedTests ?? 0,
    failed: failed.reduce((sum, count) => sum + count, 0),
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  }
}

function parsed(json: string): Partial<VitestReport> | undefined {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
