import { describeProcesses } from '@tasq/driver-tests'
import { inject } from 'vitest'
import { redis } from '../src/index.ts'
import { testPrefix } from './support/harness.ts'

describeProcesses({
  wakes: true,
  openStore: async () => {
    const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
    const module = new URL('../dist/index.js', import.meta.url).href
    return { recipe: { module, factory: 'redis', options }, driver: () => redis(options) }
  },
})
