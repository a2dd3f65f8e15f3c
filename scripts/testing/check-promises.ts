import { root } from '../root.ts'
import type { WorkspacePackage } from '../workspace.ts'
import { mainNode, majorOf } from './node-versions.ts'
import { judge, readPromises } from './promises.ts'
import { readTests } from './reports.ts'

/** Says how many promises of docs/parity.md the tests that have just run keep, and gives what is wrong. */
export async function checkPromises(packages: readonly WorkspacePackage[]): Promise<readonly string[]> {
  const tests = packages.flatMap(({ folder }) => readTests(root, folder, majorOf(mainNode.version)))
  const { kept, promised, problems } = judge(root, readPromises(root), tests)
  console.log(`  ${kept} of ${promised} promises have a passing test`)
  return problems.map((problem) => `promise ${problem}`)
}
