import { createTasq, defineTask } from '@tasq/core'
import { History } from '@tasq/driver-tests'
import { CuttableProxy } from '@tasq/test-support'
import { type RedisServer, startRedisCluster } from '@tasq/test-support/servers'
import { callId, complete, newTask, newTasks, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { redis } from '../src/index.ts'
import { opened, operator, ownServer } from './support/own-server.ts'

/** A master, and a replica that has caught up, with a line between them that can be cut. */
async function masterAndReplica() {
  const master = await ownServer(['--repl-diskless-sync-delay', '0'])
  const line = await CuttableProxy.to(master.server.port)
  const replica = await ownServer(['--replicaof', '127.0.0.1', String(line.port)])
  await expect.poll(() => operator(replica.url).info('replication')).toContain('master_link_status:up')
  return { master, replica, line }
}

/** The replica takes the place of a master that has died. */
async function failOver({ master, replica }: { master: RedisServer; replica: RedisServer }): Promise<void> {
  await master.server.kill()
  await operator(replica.url).call('replicaof', 'no', 'one')
}

test('with replicas, what was acknowledged is there after a failover, and a repeat knows it', async () => {
  const servers = await masterAndReplica()
  const driver = await opened({ url: servers.master.url, replicas: { count: 1, timeout: '5s' } })
  const call = { callId: callId(), tasks: newTasks(20) }
  await driver.enqueue(call)
  const held = await driver.reserve(reserveCall({ max: 5 }))
  await driver.settle(held.map((each) => complete(each)))
  await failOver(servers)

  const after = await opened({ url: servers.replica.url })
  expect(await after.enqueue(call)).toEqual(call.tasks.map(() => ({ status: 'created' })))
  expect(await after.inspection.count([QUEUE])).toMatchObject([{ ready: 15, active: 0 }])
})

test('with replicas, a write that they do not confirm has an unknown outcome, and its repeat is confirmed when they can', async () => {
  const { master, line } = await masterAndReplica()
  const driver = await opened({ url: master.url, replicas: { count: 1, timeout: '2s' } })
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  line.interrupt()
  const call = { callId: callId(), tasks: [newTask()] }
  await expect(driver.enqueue(call)).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: true,
    outcome: 'unknown',
    message: expect.stringContaining('0 of 1 replicas'),
    nextStep: expect.stringContaining('option replicas'),
  })
  line.restore()
  await expect.poll(() => driver.enqueue(call).catch(() => [])).toEqual([{ status: 'created' }])
  expect(await driver.inspection.count([QUEUE])).toMatchObject([{ ready: 2 }])
})

test('without replicas, a failover loses what the replica did not have yet', async () => {
  const servers = await masterAndReplica()
  const driver = await opened({ url: servers.master.url })
  await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
  await expect.poll(() => operator(servers.replica.url).exists('{tasq:work}:tasks')).toBe(1)
  servers.line.interrupt()
  expect(await driver.enqueue({ callId: callId(), tasks: newTasks(2) })).toHaveLength(2)
  await failOver(servers)
  const after = await opened({ url: servers.replica.url })
  expect(await after.inspection.count([QUEUE])).toMatchObject([{ ready: 3 }])
})

test('workers whose server is replaced by its replica go on, and with replicas every acknowledged task is done', async () => {
  const servers = await masterAndReplica()
  const line = await CuttableProxy.to(servers.master.server.port) // where workers find the master
  const url = `redis://127.0.0.1:${line.port}`
  const history = new History()
  const unconfirmed = new Set<string>()
  const job = defineTask({ name: 'job', visibilityTimeout: '2s', run: async (_: number) => {} })
  const options = { url, replicas: { count: 1, timeout: 500 } }
  await using tasq = createTasq({ driver: redis(options), tasks: [job], random: () => 0 })
  tasq.events.on('task:completed', ({ id }) => history.complete(id))
  tasq.events.on('task:unconfirmed', ({ id }) => void unconfirmed.add(id))
  await tasq.worker({ concurrency: 5, pollInterval: '200ms' }).start()
  let isProducing = true
  const producing = (async () => {
    for (let number = 0; isProducing; number++) {
      await tasq.enqueue(job, number).then(
        ({ id }) => history.acknowledge(id),
        () => undefined, // not acknowledged: then it may be lost
      )
    }
  })()
  await expect.poll(() => history.completed).toBeGreaterThan(50)
  await servers.master.server.kill()
  // What was sent to no replica can't be acknowledged any more; the replica alone has none to confirm.
  await operator(servers.replica.url).call('config', 'set', 'repl-diskless-sync-delay', '0')
  await operator(servers.replica.url).call('replicaof', 'no', 'one')
  line.retarget(servers.replica.server.port)
  const next = await ownServer(['--replicaof', '127.0.0.1', String(servers.replica.server.port)])
  await expect.poll(() => operator(next.url).info('replication')).toContain('master_link_status:up')
  const { completed } = history
  await expect.poll(() => history.completed).toBeGreaterThan(completed + 50)
  isProducing = false
  await producing
  await expect.poll(() => history.missing.filter((id) => !unconfirmed.has(id))).toEqual([])
  history.check(unconfirmed)
})

test('a node of a cluster that was away is used again', async () => {
  const cluster = await startRedisCluster()
  onTestFinished(() => cluster.stop())
  const driver = await opened({ cluster: cluster.nodes })
  const queues = Array.from({ length: 12 }, (_, index) => `queue ${index}`)
  const enqueueAll = () =>
    driver.enqueue({ callId: callId(), tasks: queues.map((queue) => newTask({ queue })) })
  await enqueueAll()
  const [first] = cluster.servers
  await first?.kill()
  await expect(enqueueAll()).rejects.toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })
  await first?.start()
  const isStored = async () => (await enqueueAll()).every(({ status }) => status === 'created')
  await expect.poll(() => isStored().catch(() => false)).toBe(true)
  const held = await driver.reserve(
    reserveCall({ queues: queues.map((name) => ({ name, max: 1 })), max: queues.length }),
  )
  expect(held.map(({ lease }) => lease.queue)).toEqual(queues)
})

test('on a cluster, replicas are waited for on the node that has written', async () => {
  const cluster = await startRedisCluster()
  onTestFinished(() => cluster.stop())
  const driver = await opened({ cluster: cluster.nodes, replicas: { count: 1, timeout: 50 } })
  const call = { callId: callId(), tasks: newTasks(1) }
  await expect(driver.enqueue(call)).rejects.toMatchObject({
    outcome: 'unknown',
    message: expect.stringContaining('0 of 1 replicas'),
  })
  const waits = await Promise.all(
    cluster.nodes.map(async ({ host, port }) => {
      const client = new Redis(port, host)
      onTestFinished(() => client.disconnect())
      const [wrote] = await client.keys('*:tasks')
      return { wrote, waited: (await client.info('commandstats')).includes('cmdstat_wait:') }
    }),
  )
  expect(waits.find(({ wrote }) => wrote !== undefined)).toMatchObject({ waited: true })
})
