import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFromSettings } from '@tasq/cli'
import { crawlPage, oncePerCrawl, type Page } from './crawl-page.ts'
import { openSite } from './site.ts'

await using tasq = await appFromSettings({ tasks: [crawlPage], needs: ['results', 'inspection'] })
const queue = tasq.queue('pages')
const crawl = randomUUID()
const [size = 25, perSecond = 10] = process.argv.slice(2).map(Number)

// Two hosts: one that is in no hurry, and one that is.
const sites = await Promise.all([perSecond, 1_000].map((most) => openSite({ pages: size, perSecond: most })))
const requests = sites.map(({ url }) => ({ crawl, url }))
await tasq.enqueueMany(crawlPage, requests, oncePerCrawl)

console.log(`crawl ${crawl} is under way`)
while (await isOpen()) await sleep(100)

const found = await pages()
for (const { url, served, refused, close } of sites) {
  const { origin } = new URL(url)
  const own = found.filter((page) => page.url.startsWith(origin))
  const links = own.reduce((sum, page) => sum + page.links, 0)
  const most = Math.max(...served.values())
  console.log(`${origin}: ${own.length} pages with ${links} links, each fetched ${most} time(s)`)
  console.log(`  it has asked for patience ${refused()} times`)
  close()
}

/** A page's task is done in the same step in which those that follow are stored: there is no moment between. */
async function isOpen(): Promise<boolean> {
  const { ready, scheduled = 0, active = 0 } = await queue.counts()
  return ready + scheduled + active > 0
}

/** What this crawl has found, page after page. */
async function pages(): Promise<readonly Page[]> {
  const found: Page[] = []
  let cursor: string | undefined
  do {
    const { items, cursor: next } = await queue.tasks('completed', { limit: 100, cursor })
    found.push(...(await Promise.all(items.map(({ id }) => tasq.handle(crawlPage, id).result()))))
    cursor = next
  } while (cursor !== undefined)
  return found.filter((page) => page.crawl === crawl)
}
