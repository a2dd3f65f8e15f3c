import { root } from '../root.ts'
import type { WorkspacePackage } from '../workspace.ts'
import { interruptedCode } from './command.ts'
import { majorOf, type NodeUnderTest, pathWithNode } from './node-versions.ts'
import { add, type Counts, describe, noCounts, readReport, removeReports } from './reports.ts'
import { turbo } from './turbo.ts'

export interface TestRun {
  readonly counts: Counts
  readonly failures: readonly string[]
}

/** Runs the tests of these packages on one Node, with what they write in this folder, and adds their reports up. */
export async function runTests(
  packages: readonly WorkspacePackage[],
  node: NodeUnderTest,
  temporaryFolder: string,
): Promise<TestRun> {
  removeReports(
    root,
    packages.map(({ folder }) => folder),
  )
  const exitCode = await runTask(packages, node, temporaryFolder)
  if (interruptedCode() !== undefined) return { counts: noCounts, failures: [] }
  const results = packages.map(({ name, folder }) => ({
    name,
    ...readReport(root, folder, majorOf(node.version)),
  }))
  const failures = results.flatMap(({ name, counts, problem }) => {
    console.log(`  ${name.padEnd(20)} ${describe(counts)}${problem === undefined ? '' : ` (${problem})`}`)
    if (counts.failed === 0) return []
    return [`tests of ${name} on Node ${node.version}: ${problem ?? `${counts.failed} failed`}`]
  })
  const counts = add(results.map((result) => result.counts))
  if (exitCode === 0 || failures.length > 0) return { counts, failures }
  // An error outside of any test, such as an unhandled rejection, is a failure too.
  const failure = `tests on Node ${node.version}: turbo ended with exit code ${exitCode}, see its output`
  return { counts: add([counts, { passed: 0, failed: 1, skipped: 0 }]), failures: [failure] }
}

/** Where Node can't be had there will be no reports, so every package counts as failed. */
async function runTask(
  packages: readonly WorkspacePackage[],
  node: NodeUnderTest,
  temporaryFolder: string,
): Promise<number> {
  try {
    const environment = {
      PATH: await pathWithNode(node),
      TASQ_TEST_NODE: node.version,
      TMPDIR: temporaryFolder,
    }
    return await turbo(['test'], packages, environment)
  } catch (error) {
    console.error(error)
    return 1
  }
}
