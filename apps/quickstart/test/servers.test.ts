import { readdirSync } from 'node:fs'
import { gone, temporaryFolder } from '@tasq/test-support'
import { describe, expect, inject, test } from 'vitest'
import { serverBackend } from '../src/backend.ts'
import { openQueue, standingOf } from '../src/queue.ts'
import { writeMany } from './support/folders.ts'
import { finish, finished, pidsIn, rowsIn, start } from './support/quickstart.ts'

const FILES = 400

/** The flag of each driver, and the server that the tests have. */
function serverOf(driver: string): { readonly flag: string; readonly url: string } {
  const { redis, postgres, mysql } = inject('servers')
  const password = encodeURIComponent(redis.password)
  if (driver === 'redis') return { flag: '--redis-url', url: redis.url.replace('//', `//:${password}@`) }
  if (driver === 'postgres') return { flag: '--postgres-dsn', url: postgres.url }
  return { flag: '--mysql-dsn', url: mysql.url }
}

/** A folder with files, and what the quick start needs to measure it on a server. */
function given(driver: string) {
  const { flag, url } = serverOf(driver)
  const folder = temporaryFolder()
  writeMany(folder, FILES)
  const temporary = temporaryFolder()
  const options = { server: ['--driver', driver, flag, url], env: { TMPDIR: temporary } }
  const note = () => readdirSync(temporary).find((name) => name.endsWith(`.${driver}`))
  const backend = () => serverBackend(driver, flag, url, `${temporary}/${note()}`)
  return { folder, options, note, backend }
}

describe.each(['redis', 'postgres', 'mysql'])('on %s', (driver) => {
  test('a folder is measured, and nothing is left behind', async () => {
    const { folder, options, note } = given(driver)
    const { code, out, err } = await finish([folder], options)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^ {2}${FILES} tasks in queue files-[-\\w]+ of ${driver}$`, 'm'))
    expect(rowsIn(out).all?.[0]).toBe(FILES)
    expect(note()).toBeUndefined()
    const again = await finish([folder], options)
    expect(rowsIn(again.out).all?.[0]).toBe(FILES)
  })

  test('a run that is interrupted goes on where it stopped, on the queue that a note names', async () => {
    const { folder, options, note, backend } = given(driver)
    const quickstart = start(['--workers', '2', '--concurrency', '1', folder], options)
    await quickstart.workers()
    const queue = openQueue(backend())
    await using _ = queue.tasq
    await expect.poll(() => standingOf(queue)).toSatisfy(({ done }) => done >= 20)
    quickstart.process.kill('SIGTERM')
    const { code, out } = await finished(quickstart)
    expect(code).toBe(143)
    await gone(...pidsIn(out))
    expect((await standingOf(queue)).done).toBeLessThan(FILES)
    const again = await finish([folder], options)
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
    expect(again.out).toContain(`of ${driver}, ${FILES} of them from an earlier run`)
    expect(rowsIn(again.out).all?.[0]).toBe(FILES)
    expect(note()).toBeUndefined()
    expect(await standingOf(queue)).toEqual({ open: 0, done: 0, failed: 0 })
  })

  test('a server that is not there ends with 1, says what to do and leaves nothing behind', async () => {
    const { folder, options, note } = given(driver)
    const { flag, url } = serverOf(driver)
    const nowhere = new URL(url)
    nowhere.port = '1'
    const server = ['--driver', driver, flag, nowhere.href]
    const { code, err } = await finish([folder], { ...options, server })
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^quick start: .*ECONNREFUSED.* See that/),
    })
    expect(note()).toBeUndefined()
  })

  test('its flag has no effect on another driver', async () => {
    const { flag, url } = serverOf(driver)
    const { code, err } = await finish([flag, url])
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining(`${flag} has no effect with --driver sqlite`),
    })
  })
})

test('a driver that there is not is refused', async () => {
  const { code, err } = await finish([], { server: ['--driver', 'oracle'] })
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('--driver takes sqlite, redis, postgres, mysql, not oracle'),
  })
})
