import { inspect } from 'node:util'
import type { Finding } from '@tasq/core/driver'
import { startMariadb } from '@tasq/test-support/servers'
import { callId, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, onTestFinished, test } from 'vitest'
import { type MysqlOptions, mysql } from '../src/index.ts'
import { administer, temporaryDatabase, urlOf } from './support/database.ts'

async function look(options: MysqlOptions): Promise<Readonly<Record<string, Finding>>> {
  const findings = await mysql(options).diagnostics.check()
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

async function inUse(): Promise<string> {
  const url = await temporaryDatabase()
  await mysql(url).migrations.apply()
  return url
}

test('a server that is as it should be, with a schema in use', async () => {
  const found = await look({ url: await inUse() })
  expect(Object.keys(found)).toEqual([
    'connectivity',
    'version',
    'writable',
    'clock-skew',
    'durability',
    'isolation',
    'connections',
    'schema',
    'orphaned-leases',
    'workers',
  ])
  expect(Object.values(found).filter(({ status }) => status === 'warning' || status === 'error')).toEqual([])
  expect(found['version']?.message).toMatch(/Its version is \d+\.\d+/)
  expect(found['isolation']?.message).toContain('READ COMMITTED')
})

test('a database without our tables stays without them', async () => {
  const url = await temporaryDatabase()
  expect((await look({ url }))['schema']).toMatchObject({ status: 'note' })
  expect((await look({ url, migrate: false }))['schema']).toMatchObject({ status: 'error' })
  expect(await administer(`SHOW TABLES IN ${new URL(url).pathname.slice(1)}`)).toEqual([])
})

test('tasks whose worker has been gone for long are counted', async () => {
  const url = await inUse()
  const driver = mysql(url)
  onTestFinished(() => driver.close())
  await driver.open()
  await driver.enqueue({ callId: callId(), tasks: newTasks(3, { leaseMs: 1_000 }) })
  await driver.reserve(reserveCall({ max: 2 }))
  await administer(
    `UPDATE ${new URL(url).pathname.slice(1)}.tasq_claims SET lease_until = lease_until - 10800000`,
  )
  expect((await look({ url }))['orphaned-leases']).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(/^2 tasks .*the first for 3 h/),
  })
})

test('a server of its own: one that can only be read, has few connections, and writes later', async () => {
  const { server, url: root } = await startMariadb({ args: ['--max-connections=12'] })
  onTestFinished(() => server.dispose())
  await administer('CREATE DATABASE own; SET GLOBAL innodb_flush_log_at_trx_commit = 2', root)
  await administer('SET GLOBAL read_only = ON', root)
  const url = urlOf('own', root)
  const found = await look({ url, maxPoolSize: 12 })
  expect(found['writable']).toMatchObject({ status: 'error', message: expect.stringContaining('read_only') })
  expect(found['durability']).toMatchObject({ status: 'note', message: expect.stringContaining('machine') })
  expect(found['connections']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('maxPoolSize'),
  })
  expect((await look({ url, maxPoolSize: 2 }))['connections']?.status).toBe('ok')
  await administer('SET GLOBAL max_allowed_packet = 1048576', root)
  expect((await look({ url }))['version']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('max_allowed_packet'),
  })
})

test('nobody there, and a wrong password that is not shown', async () => {
  expect(await mysql('mysql://someone@127.0.0.1:1/db').diagnostics.check()).toMatchObject([
    {
      subject: 'mysql',
      check: 'connectivity',
      status: 'error',
      message: expect.stringContaining('127.0.0.1:1'),
    },
  ])
  const wrong = new URL(await temporaryDatabase())
  wrong.username = 'nobody'
  wrong.password = 'wrong-secret'
  const findings = await mysql(wrong.href).diagnostics.check()
  expect(findings).toMatchObject([{ check: 'connectivity', status: 'error' }])
  expect(inspect(findings, { depth: 10 })).not.toContain('wrong-secret')
})
