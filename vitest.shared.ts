import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const major = process.versions.node.split('.')[0]
const mainMajor = readFileSync(new URL('.node-version', import.meta.url), 'utf8').split('.')[0]
// As Node finds packages: the files that some have for bundlers only do not run in it.
const conditions = ['@tasq/source', 'node', 'development|production']

// Under `npm test`, which sets the variable, only what fails is of interest.
const reporter = process.env.TASQ_TEST_NODE === undefined ? 'default' : 'dot'

interface TestOptions {
  /** Modules that start, before the tests, what they share, such as servers. @default none */
  readonly globalSetup?: string[]
  /** How many of the tests that may run at the same time do. @default 5 */
  readonly maxConcurrency?: number
  /** How long one test may take, in ms; those that wait for real time beside many others need more. @default 30000 */
  readonly testTimeout?: number
  /** How many files run at the same time, where tests mostly wait. @default as many as there are cores, less one */
  readonly maxWorkers?: number
}

/** How every package is tested: against the sources of the others, with a report that `npm test` adds up. */
export function tests(options: TestOptions = {}) {
  const { globalSetup = [], maxConcurrency = 5, testTimeout = 30_000, maxWorkers } = options
  return defineConfig({
    plugins: [
      {
        name: 'statements-as-text',
        enforce: 'pre',
        load(id) {
          return /\.(sql|lua)$/.test(id)
            ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
            : undefined
        },
      },
    ],
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: ['test/**/*.test.ts'],
      // What the compiler says does not depend on the Node that runs it, so it is asked on the main one only.
      exclude: major === mainMajor ? [] : ['test/types/**'],
      // SQLite of Node 22 says at each start that it is experimental, and so do processes that tests start.
      env: major === '22' ? { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' } : {},
      globalSetup,
      maxConcurrency,
      ...(maxWorkers === undefined ? {} : { maxWorkers }),
      testTimeout,
      // What is waited for comes soon; but a machine may have more to do than these tests.
      expect: { poll: { timeout: testTimeout / 2, interval: 20 } },
      // Files of one package share their modules: with a fresh worker for each file, most of the time went into starts.
      isolate: false,
      reporters: [reporter, ['json', { outputFile: `.reports/node-${major}.json` }]],
    },
  })
}
