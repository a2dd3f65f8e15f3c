import { describeProperties } from '@tasq/driver-tests'
import { inject } from 'vitest'
import { redis } from '../src/index.ts'
import { PATIENT, testPrefix } from './support/harness.ts'

describeProperties({
  openStore: async () => {
    const options = { ...PATIENT, url: inject('redisUrl'), keyPrefix: testPrefix() }
    return { driver: () => redis(options) }
  },
})
