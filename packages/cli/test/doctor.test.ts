import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '@tasq/core'
import { write } from '@tasq/test-support'
import { startRedis } from '@tasq/test-support/servers'
import { Redis } from 'ioredis'
import stringWidth from 'string-width'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { linesOfFindings } from '../src/output/findings.ts'
import { brokerFlags } from './support/broker-trials.ts'
import { onMysql, onPostgres, serverFlags } from './support/driver-trials.ts'
import { finish } from './support/processes.ts'
import { userFolder } from './support/user-folder.ts'

/** What it prints with `--json`. */
interface Printed {
  readonly status: Finding['status']
  readonly findings: readonly Finding[]
}

async function doctor(folder: string, ...flags: readonly string[]) {
  const { code, out, err } = await finish(folder, 'doctor', '--json', ...flags)
  const { status, findings }: Printed = JSON.parse(out)
  const find = (check: string) => findings.find((finding) => finding.check === check)
  return { code, err, status, findings, find }
}

/** Those that want something done. */
function problems(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ status }) => status === 'warning' || status === 'error')
    .map(({ subject, check, status }) => `${subject} ${check}: ${status}`)
}

describe('tasq doctor', () => {
  test('in a folder where there is nothing yet: nothing is wrong, and nothing is made', async () => {
    const folder = userFolder()
    const { code, out, err } = await finish(folder, 'doctor')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^sqlite$/m)
    expect(out).toMatch(/^ {2}note {5}schema +There is no file yet/m)
    expect(out).toMatch(/^app$/m)
    expect(out).toMatch(
      /^ {2}note {5}definitions +No tasks were looked at: .*\n +→ Name an app .* tasq\.config\.ts\.$/m,
    )
    expect(out).toMatch(/^2 notes, \d+ ok$/m)
    expect(existsSync(join(folder, 'tasq.db'))).toBe(false)
  })

  test('of a file in use, and of an app that a module exports', async () => {
    const folder = userFolder()
    expect((await finish(folder, 'enqueue', 'note')).code).toBe(0)
    const plain = await doctor(folder)
    expect({ code: plain.code, problems: problems(plain.findings) }).toEqual({ code: 0, problems: [] })
    expect(plain.find('integrity')).toMatchObject({ subject: 'sqlite', status: 'ok' })
    const app = await doctor(folder, 'app.mjs')
    expect(app.code, app.err).toBe(0)
    expect(app.find('definitions')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('have a handler'),
    })
    const named = await doctor(folder, '--app', 'app.mjs')
    expect(named.find('definitions')).toEqual(app.find('definitions'))
  })

  test('of the tasks whose modules the config file, or the command, names', async () => {
    const folder = userFolder()
    const named = await doctor(folder, '--tasks', 'tasks.mjs')
    expect(named.find('definitions')).toMatchObject({ status: 'ok' })
    write(
      folder,
      'tasq.config.mjs',
      `export default { tasks: ['tasks.mjs'], taskDefaultsVisibilityTimeout: '1s' }`,
    )
    const { code, err, find } = await doctor(folder)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(find('definitions')).toEqual(named.find('definitions'))
    expect(find('leases')).toMatchObject({ status: 'warning', message: expect.stringContaining('1000 ms') })
  })

  test.each(['redis', 'postgres', 'mysql'] as const)('of %s as it should be', async (driver) => {
    if (driver === 'postgres') await onPostgres().open()
    if (driver === 'mysql') await onMysql().open()
    const { code, err, findings, find } = await doctor(
      userFolder(driver),
      '--driver',
      driver,
      ...serverFlags(driver),
    )
    // The private servers of tests write nothing to the disk, and other tests leave held tasks behind.
    const others = problems(findings).filter((line) => !/persistence|orphaned-leases/.test(line))
    expect(others, err).toEqual([])
    expect(code).toBe(0)
    expect(find('clock-skew')?.status).toBe('ok')
  })

  test('of a broker with a store beside it: both say what there is', async () => {
    const { url, password } = inject('servers').redis
    const store = ['--store', 'redis', '--store-url', url, '--redis-password', password]
    const { code, findings } = await doctor(
      userFolder('rabbitmq', 'redis'),
      ...brokerFlags('rabbitmq'),
      ...store,
    )
    expect(code).toBe(0)
    expect(new Set(findings.map(({ subject }) => subject))).toEqual(new Set(['rabbitmq', 'redis', 'app']))
  })
})

describe('it ends with 1, and says what to do,', () => {
  test('where Redis deletes tasks when its memory is full', async () => {
    const { server, url } = await startRedis({
      args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'],
    })
    onTestFinished(() => server.dispose())
    const folder = userFolder('redis')
    const { code, out, err } = await finish(folder, 'doctor', '--driver', 'redis', '--redis-url', url)
    expect(code).toBe(1)
    expect(out).toMatch(
      /^ {2}error {4}eviction-policy {2}maxmemory-policy is allkeys-lru: .*\n +→ Set maxmemory-policy to noeviction/m,
    )
    expect(out).toMatch(/^1 error, 1 warning, /m)
    expect(err).toMatch(
      /^tasq: Not everything is as it must be: redis eviction-policy\..* \[TASQ_UNHEALTHY\]\n$/,
    )
    const client = new Redis(url)
    onTestFinished(() => client.disconnect())
    expect(await client.keys('*')).toEqual([])
  })

  test('where the schema lacks steps that nobody may take by the way', async () => {
    const schema = `d_${randomUUID().replaceAll('-', '').slice(0, 20)}`
    const folder = userFolder('postgres')
    const { url } = inject('servers').postgres
    write(
      folder,
      'strict.mjs',
      `import { createTasq } from '@tasq/core'
       import { postgres } from '@tasq/postgres'
       const url = ${JSON.stringify(url)}
       export const tasq = createTasq({ driver: postgres({ url, schema: '${schema}', migrate: false }) })`,
    )
    const strict = await doctor(folder, 'strict.mjs#tasq')
    expect(strict.code).toBe(1)
    expect(strict.find('schema')).toMatchObject({
      status: 'error',
      message: expect.stringContaining('0001-tasks'),
      nextStep: expect.stringContaining('tasq migrate'),
    })
    const lenient = await doctor(
      folder,
      '--driver',
      'postgres',
      ...serverFlags('postgres'),
      '--postgres-schema',
      schema,
    )
    expect(lenient.find('schema')).toMatchObject({ status: 'note' })
    const migrated = await finish(folder, 'migrate', '--app', 'strict.mjs#tasq')
    expect(migrated.code, migrated.err).toBe(0)
    expect((await doctor(folder, 'strict.mjs#tasq')).find('schema')).toMatchObject({ status: 'ok' })
  })

  test.each([
    ['redis', '--redis-url', 'redis://:secret-word@127.0.0.1:1'],
    ['postgres', '--postgres-dsn', 'postgresql://user:secret-word@127.0.0.1:1/db'],
    ['mysql', '--mysql-dsn', 'mysql://user:secret-word@127.0.0.1:1/db'],
    ['rabbitmq', '--rabbitmq-url', 'amqp://user:secret-word@127.0.0.1:1'],
    ['sqs', '--sqs-endpoint-url', 'http://127.0.0.1:1'],
  ])('where there is no server: %s', { timeout: 60_000 }, async (driver, flag, url) => {
    const keys =
      driver === 'sqs' ? ['--aws-access-key-id', 'id', '--aws-secret-access-key', 'secret-word'] : []
    const { code, out, err } = await finish(
      userFolder(driver),
      'doctor',
      '--json',
      '--driver',
      driver,
      flag,
      url,
      ...keys,
    )
    const { status, findings }: Printed = JSON.parse(out)
    expect({ code, status }).toEqual({ code: 1, status: 'error' })
    expect(findings[0]).toMatchObject({
      subject: driver,
      check: 'connectivity',
      status: 'error',
      message: expect.stringContaining('127.0.0.1:1'),
      nextStep: expect.any(String),
    })
    expect(findings.find(({ check }) => check === 'node-version')?.status).toBe('ok')
    expect(out + err).not.toContain('secret-word')
  })
})

test('its lines fit the terminal, and hold no control characters', () => {
  const nextStep =
    'See that it runs, and that address and network are right, and then try it once more. '.repeat(3)
  const findings = [
    { subject: 'redis', check: 'connectivity', status: 'error', message: 'No\u001b[2J\nserver.', nextStep },
    { subject: 'redis', check: 'version', status: 'ok', message: 'Fine.', nextStep: 'Nothing.' },
  ] as const
  const terminal = { out: () => undefined, err: () => undefined, columns: 60 }
  const lines = linesOfFindings(findings, terminal)
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(60)
  expect(lines.join('')).not.toContain('\u001b')
  expect(lines.join('\n')).not.toContain('Nothing.')
  expect(lines.at(-1)).toBe('1 error, 1 ok')
})
