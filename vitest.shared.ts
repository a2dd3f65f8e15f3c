import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const major = process.versions.node.split('.')[0]
const conditions = ['@tasq/source', 'module', 'node', 'development|production']

/** How every package is tested: against the sources of the others, with a report that `npm test` adds up. */
export function tests() {
  return defineConfig({
    plugins: [
      {
        name: 'sql-as-text',
        enforce: 'pre',
        load(id) {
          return id.endsWith('.sql')
            ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
            : undefined
        },
      },
    ],
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: ['test/**/*.test.ts'],
      testTimeout: 20_000,
      reporters: ['default', ['json', { outputFile: `.reports/node-${major}.json` }]],
      passWithNoTests: true,
    },
  })
}
