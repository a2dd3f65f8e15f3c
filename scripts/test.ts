// What `npm test` does once Node and the packages are there. Steps go on after a failed one, so that one run
// shows all that is wrong; tests that need what could not be built are counted as failed.

import { readArguments } from './testing/arguments.ts'
import { checkPromises } from './testing/check-promises.ts'
import { interruptedCode } from './testing/command.ts'
import { getAhead, mainNode } from './testing/node-versions.ts'
import { add, type Counts, describe, noCounts } from './testing/reports.ts'
import { runTests } from './testing/run-tests.ts'
import { installServers, missingPackages } from './testing/servers.ts'
import { Steps } from './testing/steps.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { turbo } from './testing/turbo.ts'

const { packages, nodes, everyTest, everything } = readArguments(process.argv.slice(2))
const isInterrupted = () => interruptedCode() !== undefined
const steps = new Steps(isInterrupted)
let counts: Counts = noCounts

getAhead(nodes)
const missing = missingPackages()
const servers = installServers()
const folder = temporaryFolder()
const checks = everything ? ['lint', 'typecheck', 'architecture', 'examples', 'publishable'] : []
const tasks = ['build', ...checks]
await steps.run(`Build and checks: turbo run ${tasks.join(' ')}`, async () => {
  const exitCode = await turbo(tasks, everything ? [] : packages)
  return exitCode === 0 ? [] : ['build and checks: turbo names the failed ones above']
})
if (missing.length > 0) await steps.run(`Servers for tests: ${missing.join(', ')}`, () => servers)
for (const node of nodes) {
  const tested = packages.filter(({ name }) => node.packages?.includes(name) ?? true)
  if (tested.length === 0) continue
  await steps.run(`Tests on Node ${node.version}: turbo run test`, async () => {
    const run = await runTests(tested, node, folder)
    counts = add([counts, run.counts])
    return run.failures
  })
  // At once, since the next Node begins by removing the reports of this one.
  if (everyTest && node === mainNode)
    await steps.run('Promises of docs/parity.md', () => checkPromises(packages))
}
if (!everyTest) console.log('▸ The promises of docs/parity.md were not checked: not all packages were run.')
console.log(steps.summary())
if (!isInterrupted()) console.log(describe(counts))
process.exit(interruptedCode() ?? (steps.failures.length > 0 ? 1 : 0))
