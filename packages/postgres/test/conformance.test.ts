import { type BoundTopic, conformance } from '@tasq/testkit/conformance'
import pg from 'pg'
import { afterAll, describe, inject, test } from 'vitest'
import { postgresHarness } from './support/harness.ts'

const [url, url18] = [inject('postgresUrl'), inject('postgres18Url')]
const pool = new pg.Pool({ connectionString: url18, max: 100 })
afterAll(() => pool.end())

describeHarness('on the server of the system', postgresHarness(url))
describeHarness('on PostgreSQL 18', postgresHarness(url18))

// What is different here is how statements are sent and planned: topics that together run most of them.
const TOPICS = [
  'opening and closing',
  'enqueue',
  'what is stored comes back',
  'order',
  'settle',
  'unique keys',
  'finding tasks by state',
  'the ledger',
  'follow-ups',
  'shared records',
  'events between processes',
  'changing tasks',
  'retention',
]
const isOfDriver = ({ name }: BoundTopic) => TOPICS.includes(name)
const unprepared = postgresHarness(url, 'unprepared', { preparedStatements: false })
describeHarness('without prepared statements', unprepared, isOfDriver)
describeHarness('on a pool of the user', postgresHarness(url18, 'pool', { pool }), isOfDriver)

function describeHarness(
  name: string,
  harness: ReturnType<typeof postgresHarness>,
  isWanted: (topic: BoundTopic) => boolean = () => true,
): void {
  describe.concurrent(name, () => {
    afterAll(() => harness.schemas.dropAll())
    for (const topic of conformance(harness).filter(isWanted)) {
      describe(topic.name, () => {
        for (const each of topic.cases) test(each.name, () => each.run())
      })
    }
  })
}
