import { inspect } from 'node:util'
import type { Finding } from '@tasq/core/driver'
import { startPostgres } from '@tasq/test-support/servers'
import { callId, newTasks, reserveCall } from '@tasq/testkit/conformance'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { type PostgresOptions, postgres } from '../src/index.ts'
import { asUser, schemaOf } from './support/schemas.ts'
import { newStore } from './support/store.ts'

const url = inject('postgresUrl')

async function look(options: PostgresOptions): Promise<Readonly<Record<string, Finding>>> {
  const findings = await postgres({ url, ...options }).diagnostics.check()
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

describe('a server that is as it should be', () => {
  test('of a schema in use', async () => {
    const { schema, open } = newStore()
    await open()
    const found = await look({ schema })
    expect(Object.keys(found)).toEqual([
      'connectivity',
      'version',
      'writable',
      'clock-skew',
      'connections',
      'notifications',
      'schema',
      'orphaned-leases',
      'workers',
      'long-transactions',
      'dead-rows',
      'autovacuum',
    ])
    const others = Object.values(found).filter(({ status }) => status !== 'ok')
    expect(others.map(({ check, status }) => `${check}: ${status}`)).toEqual(['workers: note'])
    expect(found['version']?.message).toMatch(/^PostgreSQL 1\d/)
    expect(found['notifications']?.message).toContain('Notifications arrive')
  })

  test('by a pool of the user, which goes on afterwards', async () => {
    const { schema, open } = newStore()
    await open()
    const pool = new pg.Pool({ connectionString: url, max: 3 })
    onTestFinished(() => pool.end())
    const findings = await postgres({ pool, schema }).diagnostics.check()
    expect(findings.filter(({ status }) => status === 'warning' || status === 'error')).toEqual([])
    expect(findings.find(({ check }) => check === 'connections')?.message).toContain('takes up to 3')
    expect((await pool.query('SELECT 1')).rowCount).toBe(1)
  })
})

describe('the schema', () => {
  test('is not made by a look', async () => {
    const schema = schemaOf(url)
    expect((await look({ schema }))['schema']).toMatchObject({
      status: 'note',
      message: expect.stringContaining('no schema yet'),
    })
    const { rows } = await asUser(url, (user) =>
      user.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]),
    )
    expect(rows).toEqual([])
  })

  test('that lacks a step: the next open takes it, or refuses', async () => {
    const { schema, open } = newStore()
    await (await open()).close()
    await asUser(url, (user) =>
      user.query(`DELETE FROM ${schema}.tasq_schema WHERE version = 2; DROP TABLE ${schema}.tasq_records`),
    )
    expect((await look({ schema }))['schema']).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('0002-records'),
    })
    expect((await look({ schema, migrate: false }))['schema']).toMatchObject({
      status: 'error',
      nextStep: expect.stringContaining('tasq migrate'),
    })
  })

  test('in which tasks have been held for long by workers that are gone', async () => {
    const { schema, open } = newStore()
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(5, { leaseMs: 1_000 }) })
    await driver.reserve(reserveCall({ max: 3 }))
    expect((await look({ schema }))['orphaned-leases']?.status).toBe('ok')
    await asUser(url, (user) =>
      user.query(
        `UPDATE ${schema}.tasq_tasks SET lease_until = lease_until - 600000 WHERE token IS NOT NULL`,
      ),
    )
    expect((await look({ schema }))['orphaned-leases']).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^3 tasks .*the first for 10 min/),
    })
  })

  test('whose hot table is not vacuumed', async () => {
    const { schema, open } = newStore()
    await open()
    await asUser(url, (user) =>
      user.query(`ALTER TABLE ${schema}.tasq_tasks SET (autovacuum_enabled = false)`),
    )
    expect((await look({ schema }))['autovacuum']).toMatchObject({
      status: 'error',
      message: expect.stringContaining('for the table of live tasks'),
    })
  })
})

test('without a connection that listens, that is noted', async () => {
  const { schema } = newStore()
  expect((await look({ schema, listen: false }))['notifications']).toMatchObject({ status: 'note' })
})

test('notifications that are sent elsewhere do not arrive', async () => {
  const { schema, open } = newStore()
  await open()
  const elsewhere = inject('postgres18Url') // as behind a pooler: another connection than the one that listens
  expect((await look({ schema, listen: elsewhere }))['notifications']).toMatchObject({
    status: 'warning',
    nextStep: expect.stringContaining('pooler'),
  })
})

test('a server of its own: one that can only be read, has few connections, and vacuums nothing', async () => {
  const { server, url: own } = await startPostgres({
    settings: ['max_connections=12', 'default_transaction_read_only=on', 'autovacuum=off'],
  })
  onTestFinished(() => server.dispose())
  const found = await look({ url: own })
  expect(found['connectivity']?.status).toBe('ok')
  expect(found['writable']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('default_transaction_read_only'),
  })
  expect(found['connections']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('maxPoolSize'),
  })
  expect(found['autovacuum']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('on the server'),
  })
  expect((await look({ url: own, maxPoolSize: 4 }))['connections']?.status).toBe('ok')
})

test('a url that was not given, most often a variable that is not set, is said', async () => {
  vi.stubEnv('PGHOST', '127.0.0.1')
  vi.stubEnv('PGPORT', '1')
  onTestFinished(() => void vi.unstubAllEnvs())
  const [found] = await postgres(process.env['NOT_SET']).diagnostics.check()
  expect(found?.message).toMatch(/127\.0\.0\.1:1\/\w* \(no url was given.*\): it can not be reached \(/)
})

test('nobody there, and a wrong password that is not shown', async () => {
  expect(await postgres('postgresql://someone@127.0.0.1:1/db').diagnostics.check()).toMatchObject([
    {
      subject: 'postgres',
      check: 'connectivity',
      status: 'error',
      message: expect.stringContaining('127.0.0.1:1'),
      nextStep: expect.any(String),
    },
  ])
  const wrong = new URL(url)
  wrong.password = 'wrong-secret'
  const findings = await postgres(wrong.href).diagnostics.check()
  expect(findings).toMatchObject([{ check: 'connectivity', status: 'error' }])
  expect(inspect(findings, { depth: 10 })).not.toContain('wrong-secret')
})
