import { DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { test as base, inject } from 'vitest'
import { type ResolvedSqsOptions, resolveSqsOptions, type SqsOptions } from '../../src/options.ts'
import { SqsDriver } from '../../src/sqs-driver.ts'
import { clientOptions, removeQueues, testPrefix } from './harness.ts'
import { SqsProxy } from './proxy.ts'

/** What a test sets that no user may: the limits of SQS itself, so that it need not wait for 15 minutes. */
type Internal = Partial<Pick<ResolvedSqsOptions, 'longestDelaySeconds'>>

/** Queues of a test's own, a line to them that may fail, and drivers on either side of it. */
export interface Stage {
  readonly prefix: string
  readonly proxy: SqsProxy
  /** A client of the test's own, beside the drivers'. */
  readonly client: SQSClient
  /** A process whose requests go through the proxy, opened. */
  open(options?: SqsOptions, internal?: Internal): Promise<SqsDriver>
  /** A process that the proxy does not see. */
  openDirectly(options?: SqsOptions): Promise<SqsDriver>
  /** The URLs of its queues. */
  urls(): Promise<readonly string[]>
}

/** Tests with a stage of their own; they may run at the same time. */
export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner finds out by the pattern what a fixture needs
  stage: async ({}, use) => {
    const { stage, close } = await openStage()
    await use(stage)
    await close()
  },
})

/** Where SQS is, and as whom it is asked. */
export function accessOf() {
  return inject('sqsAccess')
}

async function openStage(): Promise<{ readonly stage: Stage; readonly close: () => Promise<void> }> {
  const access = inject('sqsAccess')
  const prefix = testPrefix()
  const proxy = await SqsProxy.to(access.endpoint)
  const client = new SQSClient(clientOptions())
  const drivers: SqsDriver[] = []
  const open = async (options: SqsOptions, internal: Internal = {}) => {
    const resolved = resolveSqsOptions({ ...access, queueNamePrefix: prefix, ...options })
    const driver = new SqsDriver({ ...resolved, ...internal })
    drivers.push(driver)
    await driver.open()
    return driver
  }
  const stage: Stage = {
    prefix,
    proxy,
    client,
    open: (options, internal) => open({ endpoint: proxy.endpoint, ...options }, internal),
    openDirectly: (options = {}) => open(options),
    urls: async () => (await client.send(new ListQueuesCommand({ QueueNamePrefix: prefix }))).QueueUrls ?? [],
  }
  const close = async () => {
    proxy.clear()
    await Promise.all(drivers.map((driver) => driver.close()))
    await proxy.close()
    await removeQueues(client, prefix)
    client.destroy()
  }
  return { stage, close }
}

/** Removes a queue behind the drivers' backs. */
export async function removeQueue(client: SQSClient, QueueUrl: string): Promise<void> {
  await client.send(new DeleteQueueCommand({ QueueUrl }))
}
