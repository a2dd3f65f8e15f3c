import { readFileSync } from 'node:fs'
import { describeConformance } from '@tasq/testkit/conformance'
import { Redis } from 'ioredis'
import { afterAll, describe, inject, test } from 'vitest'
import type { RedisOptions } from '../src/index.ts'
import { redisHarness } from './support/harness.ts'

// Most of the time the cases wait, so all of them may do that together.

const { url: secureUrl, certificateFile } = inject('redisTls')
const ownClient = new Redis(inject('redisUrl'), { lazyConnect: true })
afterAll(() => ownClient.disconnect())

const connections: Readonly<Record<string, RedisOptions>> = {
  'on one server': { url: inject('redisUrl') },
  'on a cluster': { cluster: inject('redisCluster') },
  'by TLS, as a user with few rights': { url: secureUrl, tls: { ca: readFileSync(certificateFile) } },
  'with the settings of a client': { client: ownClient },
}

for (const [name, options] of Object.entries(connections)) {
  describe.concurrent(name, () => {
    describeConformance(redisHarness(`redis ${name}`, options), { describe, test: test.concurrent })
  })
}
