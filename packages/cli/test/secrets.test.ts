import { write } from '@tasq/test-support'
import { describe, expect, inject, test } from 'vitest'
import { finish } from './support/processes.ts'
import { tasqIn } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

const SECRET = 'Hush-Never-Shown-1'

/** Ways to be wrong with a password in it; what comes before `--` are variables. */
const wrong = [
  `--driver redis --redis-url redis://:${SECRET}@127.0.0.1:1`,
  `--driver redis --redis-url redis://127.0.0.1:1 --redis-password ${SECRET}`,
  `--driver redis --redis-url redis:/:${SECRET}@localhost`,
  `--driver redis --redis-url :${SECRET}@localhost`,
  `--driver redis --redis-url redis://:${SECRET}`,
  `--driver redis --redis-url=redis://localhost?password=${SECRET}`,
  `--driver redis --redis-pasword=${SECRET}`,
  `--driver sqlite --redis-password ${SECRET}`,
  `--driver postgres --postgres-dsn postgres://a:${SECRET}@127.0.0.1:1/app`,
  `--driver postgres --postgres-dsn http://a:${SECRET}@127.0.0.1:1/app`,
  `--driver mysql --mysql-dsn mysql://a:${SECRET}@127.0.0.1:1/app`,
  `--driver mysql --mysql-dsn mysql:a:${SECRET}@127.0.0.1:1/app`,
  `--driver rabbitmq --rabbitmq-url amqp://a:${SECRET}@127.0.0.1:1`,
  `--driver rabbitmq --rabbitmq-url amqp:/a:${SECRET}@localhost`,
  `--driver rabbitmq --store-url redis://:${SECRET}@localhost`,
  `--driver rabbitmq --store redis --store-url redis:/:${SECRET}@localhost`,
  `--driver sqs --aws-secret-access-key ${SECRET}`,
  `--driver reddis --redis-url redis://:${SECRET}@localhost`,
  `--driver redis://:${SECRET}@localhost`,
  `--app redis://:${SECRET}@localhost`,
]

describe.each(['enqueue note {}', 'worker --tasks tasks.mjs', 'doctor', 'doctor --json', 'queues'])(
  'tasq %s',
  (command) => {
    test.each(wrong)('%s fails without showing it, with --verbose too', async (flags) => {
      for (const verbose of [[], ['--verbose']]) {
        const argv = [...command.split(' '), ...flags.split(' '), ...verbose]
        const { code, out, err } = await tasqIn(
          {},
          userFolder('redis', 'postgres', 'mysql', 'rabbitmq', 'sqs'),
          ...argv,
        )
        expect(code).not.toBe(0)
        expect(err).toMatch(/^tasq: /m)
        expect(`${out} ${err}`).not.toContain(SECRET)
      }
    })
  },
)

test('nor do variables, the config file and what it throws', async () => {
  const folder = userFolder('redis')
  const url = `redis:/:${SECRET}@localhost`
  const argv = ['enqueue', 'note', '{}', '--driver', 'redis', '--verbose']
  const byVariable = await tasqIn({ TASQ_REDIS_URL: url }, folder, ...argv)
  expect(byVariable.err).toContain("'TASQ_REDIS_URL' can't be 'redis:***@localhost'")

  write(folder, 'tasq.config.mjs', `export default { redisUrl: '${url}' }`)
  const byFile = await tasqIn({}, folder, ...argv)
  expect(byFile.err).toContain("can't be 'redis:***@localhost'")

  write(folder, 'throwing.mjs', `throw new Error('no server at redis://:${SECRET}@localhost')`)
  const thrown = await tasqIn({}, folder, ...argv, '--config', 'throwing.mjs')
  expect(thrown.err).toContain('no server at redis://:***@localhost')
  for (const { code, err } of [byVariable, byFile, thrown]) {
    expect(code).not.toBe(0)
    expect(err).not.toContain(SECRET)
  }
})

test('a worker does not show what its handlers say of secrets', async () => {
  const folder = userFolder('redis')
  const { url, password } = inject('servers').redis
  write(
    folder,
    'tasks.mjs',
    `import { defineTask } from '@tasq/core'
     export const connect = defineTask({ name: 'connect', retry: { maxAttempts: 1 }, run: (_, { log }) => {
       log('use redis://:${SECRET}@localhost')
       throw new Error('refused: amqp://app:${SECRET}@localhost, ${password}')
     } })`,
  )
  const flags = ['--driver', 'redis', '--redis-url', url, '--redis-password', password, '--redis-db', '9']
  const tasks = ['--tasks', 'tasks.mjs']
  expect((await tasqIn({}, folder, 'enqueue', 'connect', '{}', ...tasks, ...flags)).code).toBe(0)
  const { err } = await finish(folder, 'worker', ...tasks, ...flags, '--max-tasks', '1')
  expect(err).toContain('refused: amqp://app:***@localhost')
  expect(err).not.toContain(SECRET)
  expect(err).not.toContain(password)
})
