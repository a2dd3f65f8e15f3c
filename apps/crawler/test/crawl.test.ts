import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode, startTasq, temporaryFolder } from '@tasq/test-support'
import { startRedis } from '@tasq/test-support/servers'
import { expect, onTestFinished, test } from 'vitest'
import { openSite } from '../src/site.ts'

const cwd = fileURLToPath(new URL('..', import.meta.url))

/** Runs a crawl beside a worker; both end with the test. */
async function crawl(env: Readonly<Record<string, string>>) {
  const worker = startTasq(['worker'], { cwd, env })
  const { code, out, err } = await finishNode(['src/crawl.ts'], { cwd, env })
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  return { code, out, err }
}

function expectAllPagesOnce(out: string): void {
  const [hurried, patient] = [...out.matchAll(/: (.*)\n {2}it has asked for patience (\d+) times/g)].reverse()
  // 25 pages: all link home but the first, which links to itself, and all but the first to the one before.
  for (const site of [hurried, patient])
    expect(site?.[1]).toMatch(/^25 pages with \d+ links, each fetched 1 time/)
  expect(Number(hurried?.[2])).toBe(0)
  expect(Number(patient?.[2])).toBeGreaterThan(0)
}

test('every page of both hosts is fetched once, and a host that asks for patience is left in peace, on SQLite', async () => {
  const { code, out } = await crawl({ TASQ_SQLITE_FILE: join(temporaryFolder(), 'pages.db') })
  expect(code).toBe(0)
  expectAllPagesOnce(out)
})

test('the same on Redis', async () => {
  const { server, url } = await startRedis()
  onTestFinished(() => server.dispose())
  const { code, out } = await crawl({ TASQ_DRIVER: 'redis', TASQ_REDIS_URL: url })
  expect(code).toBe(0)
  expectAllPagesOnce(out)
})

test('a broker alone is refused before anything is enqueued, with what to do', async () => {
  const { code, err } = await finishNode(['src/crawl.ts'], { cwd, env: { TASQ_DRIVER: 'rabbitmq' } })
  expect(code).toBe(1)
  expect(err).toMatch(/'rabbitmq' has no results and no inspection.*choose another driver, by TASQ_DRIVER/)
})

test('the site serves what it promises, and no more than so many pages a second', async () => {
  const { url, close, refused } = await openSite({ pages: 3, perSecond: 2 })
  onTestFinished(close)
  const answers = [await fetch(url), await fetch(url), await fetch(url)]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(answers[2]?.headers.get('retry-after')).toBe('1')
  expect(await answers[0]?.text()).toContain('<a href="/page/2">page 2</a>')
  expect(refused()).toBe(1)
})
