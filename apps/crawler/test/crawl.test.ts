import { appFromSettings } from '@tasq/cli'
import { settingsOf, startTasq } from '@tasq/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { crawlPage, oncePerCrawl } from '../src/crawl-page.ts'
import { openSite, type Site, type SiteOptions } from '../src/site.ts'
import { cwd, expectAllPagesOnce } from './support/crawl.ts'

/** A site that is closed with the test. */
async function site(options: SiteOptions): Promise<Site> {
  const opened = await openSite(options)
  onTestFinished(opened.close)
  return opened
}

test('every page of both hosts is fetched once, and a host that asks for patience is left in peace, on SQLite', async () => {
  await expectAllPagesOnce(settingsOf('sqlite'), 15)
})

test('a host that asks for an hour is not asked again, while the pages of another one go on', async () => {
  const env = settingsOf('sqlite')
  const busy = await site({ pages: 3, perSecond: 0, patience: 3_600 })
  const free = await site({ pages: 5, perSecond: 1_000 })
  await using tasq = await appFromSettings({ folder: cwd, env: { ...env }, tasks: [crawlPage] })
  const enqueue = (...urls: readonly string[]) =>
    tasq.enqueueMany(
      crawlPage,
      urls.map((url) => ({ crawl: 'one', url })),
      oncePerCrawl,
    )
  await enqueue(busy.url)
  startTasq(['worker', '--workers', '1'], { cwd, env }) // another one would hear of it within a second
  await expect.poll(() => tasq.queue('pages').counts()).toMatchObject({ scheduled: 1, active: 0 })

  const others = [2, 3].map((page) => new URL(`/page/${page}`, busy.url).href)
  await enqueue(...others, free.url)
  await expect.poll(() => free.served.size).toBe(5)
  await expect.poll(() => tasq.queue('pages').counts()).toMatchObject({ active: 0 })
  expect(busy.refused()).toBe(1)
})

test('the site serves what it promises, and no more than so many pages a second', async () => {
  const { url, refused } = await site({ pages: 3, perSecond: 2 })
  const answers = [await fetch(url), await fetch(url), await fetch(url)]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(answers[2]?.headers.get('retry-after')).toBe('1')
  expect(await answers[0]?.text()).toContain('<a href="/page/2">page 2</a>')
  expect(refused()).toBe(1)
})
