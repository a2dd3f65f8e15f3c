import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { finish } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

const WORKER = 'worker --tasks tasks.mjs'

describe('wrong use ends with 2, and says what is wrong, what to do, and a code', () => {
  test.each([
    ['wroker', /unknown command 'wroker' \(did you mean worker\?\)\. See tasq --help\. \[TASQ_USAGE\]/],
    ['enqeue note', /did you mean enqueue\?/],
    ['worker --qeues a', /unknown option '--qeues' \(did you mean --queues\?\)\. See tasq worker --help\./],
    ['enqueue note --priorty 1', /did you mean --priority\?.*See tasq enqueue --help/],
    ['worker --verbos', /did you mean --verbose\?/],
    [
      'worker',
      /There is no task to run\. Load tasks by --tasks .* name an app, or go to the folder of tasq\.config\.ts\. \[TASQ_USAGE\]/,
    ],
    ['worker --tasks ./none/*.js', /--tasks \.\/none\/\*\.js matches no file in .* \[TASQ_USAGE\]/],
    ['worker --tasks', /option '--tasks <globs\.\.\.>' argument missing/],
    ['worker ./none.mjs#tasq', /There is no file .*none\.mjs\. .* \[TASQ_USAGE\]/],
    ['worker a.mjs b.mjs', /too many arguments for 'worker'/],
    [
      `${WORKER} --concurrency 0`,
      /'--concurrency' can't be 0\. Use an integer from 1 .* \[TASQ_INVALID_OPTION\]/,
    ],
    [`${WORKER} --concurrency many`, /'--concurrency <n>' argument 'many' is invalid\. Use an integer\./],
    [`${WORKER} --concurrency 1.5`, /'1\.5' is invalid\. Use an integer\./],
    [`${WORKER} --prefetch -1`, /'--prefetch' can't be -1/],
    [`${WORKER} --max-tasks 0`, /'--max-tasks' can't be 0/],
    [
      `${WORKER} --poll-interval 0`,
      /'--poll-interval' can't be '0s'\. Use seconds or a string such as '30s'/,
    ],
    [
      `${WORKER} --shutdown-timeout soon`,
      /argument 'soon' is invalid\. Use seconds, or a number with its unit/,
    ],
    [`${WORKER} --queues a,,b`, /Use names separated by commas/],
    [`${WORKER} --driver reddis`, /'--driver' can't be 'reddis'\. Use one of sqlite, redis, postgres/],
    [`${WORKER} --driver redis --sqlite-file a.db`, /--sqlite-file has no effect with the driver redis/],
    [`${WORKER} --sqlite-synchronous off`, /'off' is invalid\. Allowed choices are full, normal\./],
    [`${WORKER} --task-defaults-retry-strategy random`, /Allowed choices are fixed, linear, exponential/],
    [`${WORKER} --task-defaults-max-attempts 0`, /'--task-defaults-max-attempts' can't be 0/],
    [`${WORKER} --task-defaults-timeout 0`, /'--task-defaults-timeout' can't be '0s'/],
    [
      `${WORKER} --task-defaults-visibility-timeout 0.05`,
      /'--task-defaults-visibility-timeout' can't be '0\.05s'.*at least 100 ms/,
    ],
    ['enqueue', /missing required argument 'task'\. See tasq enqueue --help\./],
    [
      'tasks list --queue mail',
      /unknown option '--queue'.* It is called as: tasq tasks list \[options\] <queue>/,
    ],
    ['enqueue note {} more', /too many arguments for 'enqueue'/],
    ['enqueue note {a:1}', /'input' can't be '\{a:1\}'\. Use JSON, quoted for the shell/],
    ['enqueue note --delay 5x', /argument '5x' is invalid/],
    ['enqueue note --delay -5', /argument '-5' is invalid/],
    [
      'enqueue note --priority urgent',
      /argument 'urgent' is invalid\. Use critical, high, normal, low, or an int/,
    ],
    ['enqueue note --priority 200', /'--priority' can't be 200/],
    ['enqueue note --max-attempts 0', /'--max-attempts' can't be 0\. Use an integer from 1/],
    ['enqueue note --timeout 0', /'--timeout' can't be '0s'/],
    ['enqueue note --keep-result 0', /'--keep-result' can't be '0s'/],
    ['enqueue note --expires-in 0', /'--expires-in' can't be '0s'/],
    ['enqueue nope --tasks tasks.mjs', /No task is named 'nope': known are 'note', .*\. Correct the name/],
  ])('tasq %s', async (line, message) => {
    const folder = userFolder()
    const { code, out, err } = await tasq(folder, ...line.split(' '))
    expect(err).toMatch(message)
    expect(err).toMatch(/^tasq: .* \[TASQ_[A-Z_]+\]$/)
    expect({ code, out }).toEqual({ code: 2, out: [] })
    expect(existsSync(join(folder, 'tasq.db'))).toBe(false)
  })

  test.each([
    ['a queue without a name', ['enqueue', 'note', '--queue', ''], /'--queue' can't be ''/],
    ['a unique key without text', ['enqueue', 'note', '--unique-key', ''], /'--unique-key' can't be ''/],
    ['a task without a name', ['enqueue', ''], /'name' can't be ''/],
    ['a worker without a name', [...WORKER.split(' '), '--worker-id', ''], /'--worker-id' can't be ''/],
    ['a database without a name', ['enqueue', 'note', '--sqlite-file', ''], /'--sqlite-file' can't be ''/],
    ['no JSON at all', ['enqueue', 'note', ''], /'input' can't be ''\. Use JSON/],
  ])('%s', async (_, argv, message) => {
    const { code, err } = await tasq(userFolder(), ...argv)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) })
  })

  test('input that does not satisfy the schema of the task', async () => {
    const folder = userFolder()
    write(
      folder,
      'strict.mjs',
      `import { defineTask } from '@tasq/core'
      const validate = () => ({ issues: [{ message: 'expected a number', path: ['width'] }] })
      export const strict = defineTask({
        name: 'strict',
        input: { '~standard': { version: 1, vendor: 'here', validate } },
        run: () => {},
      })`,
    )
    const { code, err } = await tasq(folder, 'enqueue', 'strict', '{"width": "x"}', '--tasks', 'strict.mjs')
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/width: expected a number.* \[TASQ_INVALID_INPUT\]$/),
    })
  })
})

describe('what fails ends with 1, and says why', () => {
  test.each([['enqueue note'], [WORKER]])('tasq %s on a file that is no database', async (line) => {
    const folder = userFolder()
    write(folder, 'diary.txt', 'Dear diary, '.repeat(1_000))
    const { code, out, err } = await finish(folder, ...line.split(' '), '--sqlite-file', 'diary.txt')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(
      /diary\.txt: it is no SQLite database.*Choose another file.* \[TASQ_STORE_FOREIGN\]\n$/,
    )
    expect(readFileSync(join(folder, 'diary.txt'), 'utf8')).toBe('Dear diary, '.repeat(1_000))
  })

  test('a folder that is not there', async () => {
    const { code, err } = await tasq(userFolder(), 'enqueue', 'note', '--sqlite-file', 'none/tasq.db')
    expect(code).toBe(1)
    expect(err).toMatch(/none\/tasq\.db: .*See that its folder exists.* \[TASQ_STORE_UNAVAILABLE\]$/)
  })
})
