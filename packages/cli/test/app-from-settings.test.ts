import { defineTask, typed } from '@tasq/core'
import { write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { type AppFromSettingsOptions, appFromSettings } from '../src/index.ts'
import { tasqIn } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

const greet = defineTask({
  name: 'greet',
  queue: 'greetings',
  input: typed<string>(),
  output: typed<string>(),
})

const appIn = (folder: string, options: AppFromSettingsOptions<readonly [], never> = {}) =>
  appFromSettings({ folder, env: {}, ...options })

test('a program enqueues where the worker of the same folder looks, with the defaults of the settings', async () => {
  const folder = userFolder()
  write(folder, 'greet.mjs', "export { greet } from './greet-task.mjs'")
  write(
    folder,
    'greet-task.mjs',
    `import { defineTask } from '@tasq/core'
    export const greet = defineTask({ name: 'greet', queue: 'greetings', run: (name) => 'Hello, ' + name })`,
  )
  write(
    folder,
    'tasq.config.json',
    '{ "tasks": ["greet.mjs"], "sqliteFile": "of-both.db", "taskDefaultsMaxAttempts": 7 }',
  )
  const env = {}
  await using tasq = await appFromSettings({ folder, env, tasks: [greet], needs: ['results', 'inspection'] })
  const handle = await tasq.enqueue(greet, 'world', { keepResult: '1m' })
  expect((await handle.inspect())?.maxAttempts).toBe(7)
  expect(await tasqIn(env, folder, 'worker', '--max-tasks', '1', '--log-level', 'error')).toMatchObject({
    code: 0,
  })
  expect(await handle.result()).toBe('Hello, world')
})

test('the environment goes before .env, and that before the config file', async () => {
  const folder = userFolder('redis', 'mysql')
  write(folder, 'tasq.config.json', '{ "driver": "mysql" }')
  const names = async (env: NodeJS.ProcessEnv) => {
    await using tasq = await appFromSettings({ folder, env })
    return tasq.driver.name
  }
  expect(await names({})).toBe('mysql')
  write(folder, '.env', 'TASQ_DRIVER=redis')
  expect(await names({})).toBe('redis')
  expect(await names({ TASQ_DRIVER: 'sqlite' })).toBe('sqlite')
})

test('tasks and apps of the settings are for workers, and not loaded', async () => {
  const folder = userFolder()
  write(folder, 'tasq.config.json', '{ "tasks": ["nowhere/*.mjs"], "app": "./nowhere.mjs" }')
  await using tasq = await appIn(folder)
  expect(tasq.tasks).toEqual([])
})

test('a backend without what the program needs is refused, with what to do about it', async () => {
  const options = { folder: userFolder('rabbitmq'), env: { TASQ_DRIVER: 'rabbitmq' } }
  await expect(appFromSettings({ ...options, needs: ['results', 'inspection'] })).rejects.toMatchObject({
    code: 'TASQ_UNSUPPORTED',
    message: expect.stringMatching(/'rabbitmq' has no results and no inspection.*TASQ_STORE/),
  })
})

test.each([
  [{ TASQ_DRIVER: 'oracle' }, /TASQ_DRIVER.*oracle/],
  [{ TASQ_SQLITE_SYNCHRONOUS: 'never' }, /TASQ_SQLITE_SYNCHRONOUS.*full, normal/],
])('what is wrong with the settings is told as the command line tells it: %j', async (env, message) => {
  await expect(appIn(userFolder(), { env })).rejects.toThrow(message)
})
