import { mergeConfig } from 'vitest/config'
import { tests } from '../../vitest.shared.ts'

export default mergeConfig(tests(), {
  test: { globalSetup: ['test/support/installation.ts', '@tasq/test-support/one-of-each-server'] },
})
