import { type BoundTopic, conformance, describeConformance, type Harness } from '@tasq/testkit/conformance'
import pg from 'pg'
import { afterAll, describe, inject, test } from 'vitest'
import { postgresHarness } from './support/harness.ts'

const [url, url18] = [inject('postgresUrl'), inject('postgres18Url')]

describe.concurrent('on the server of the system', () => {
  describeConformance(postgresHarness(url), { describe, test })
})

describe.concurrent('on PostgreSQL 18', () => {
  describeConformance(postgresHarness(url18), { describe, test })
})

// What is different here is how statements are sent, not what the engine makes of the answers.
const OF_THE_ENGINE = ['workers', 'lost answers', 'dying workers']

describe.concurrent('without prepared statements', () => {
  describeStatements(postgresHarness(url, 'unprepared', { preparedStatements: false }))
})

describe.concurrent('on a pool of the user', () => {
  const pool = new pg.Pool({ connectionString: url18, max: 100 })
  afterAll(() => pool.end())
  describeStatements(postgresHarness(url18, 'pool', { pool }))
})

function describeStatements(harness: Harness): void {
  const isWanted = ({ name }: BoundTopic) => !OF_THE_ENGINE.includes(name)
  for (const topic of conformance(harness).filter(isWanted)) {
    describe(topic.name, () => {
      for (const each of topic.cases) test(each.name, () => each.run())
    })
  }
}
