// What `npm test` does once Node and the packages are there. Steps go on after a failed one, so that one run
// shows all that is wrong; only a failed build ends them, because the tests need it.

import { readArguments } from './testing/arguments.ts'
import { interruptedCode, runCommand } from './testing/command.ts'
import { getAhead } from './testing/node-versions.ts'
import { add, type Counts, describe, noCounts } from './testing/reports.ts'
import { runTests } from './testing/run-tests.ts'
import { Steps } from './testing/steps.ts'
import { turbo } from './testing/turbo.ts'

const { packages, nodes, everything } = readArguments(process.argv.slice(2))
const steps = new Steps()
let counts: Counts = noCounts

getAhead(nodes)
if (everything) {
  const check = ['exec', 'biome', 'check', '--error-on-warnings']
  await steps.run('Lint and format: biome check', async () =>
    failureOf('lint', await runCommand('pnpm', check)),
  )
}
const checks = everything ? ['typecheck', 'architecture', 'examples', 'publishable'] : []
const sound = await steps.run(`Build and checks: turbo run build ${checks.join(' ')}`, async () => {
  const exitCode = await turbo(['build', ...checks], everything ? [] : packages)
  return failureOf('build and checks: turbo names the failed ones above', exitCode)
})
// What was built is in the cache, so to ask again tells whether it is the build that failed.
const built =
  sound ||
  (await steps.run('Whether the build is there for the tests: turbo run build', async () => {
    return failureOf('build: the tests need it and were not run', await turbo(['build'], packages))
  }))
for (const node of built ? nodes : []) {
  const tested = packages.filter(({ name }) => node.packages?.includes(name) ?? true)
  if (tested.length === 0) continue
  await steps.run(`Tests on Node ${node.version}: turbo run test`, async () => {
    const run = await runTests(tested, node)
    counts = add([counts, run.counts])
    return run.failures
  })
}
console.log(steps.summary())
if (interruptedCode() === undefined) console.log(describe(counts))
process.exit(interruptedCode() ?? (steps.failures.length > 0 ? 1 : 0))

function failureOf(step: string, exitCode: number): readonly string[] {
  return exitCode === 0 ? [] : [step]
}
