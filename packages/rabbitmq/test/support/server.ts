import { randomUUID } from 'node:crypto'
import { startRabbitmq } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that the tests of this package share. */
    rabbitmqUrl: string
    /** How the names of all that this run declares begin. */
    rabbitmqPrefix: string
    /** Whether it goes with the tests, and all that is declared on it. */
    rabbitmqIsOurs: boolean
  }
}

/** A server for all tests but those that harm theirs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TASQ_TEST_RABBITMQ_URL
  const shared = given === undefined || given === '' ? await startRabbitmq() : undefined
  project.provide('rabbitmqUrl', shared?.url ?? given ?? '')
  project.provide('rabbitmqPrefix', `tasq-test-${randomUUID().slice(0, 8)}`)
  project.provide('rabbitmqIsOurs', shared !== undefined)
  return async () => await shared?.dispose()
}
