import { crawlPage as definition, oncePerCrawl } from './crawl-page.ts'

export const crawlPage = definition.handle(async ({ crawl, url }, context) => {
  const response = await fetch(url, { signal: context.signal })
  if (response.status === 429) {
    // Nobody asks this host again before it wants to be asked; the pages of others go on. No attempt is counted.
    const seconds = Number(response.headers.get('retry-after')) || 1
    return context.rateLimit(seconds * 1_000, { group: context.group })
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  const html = await response.text()
  const links = linksOf(html, url)
  for (const link of links) {
    const request = { crawl, url: link }
    await context.enqueue(definition, request, oncePerCrawl(request))
  }
  const [, title = ''] = /<title>(.*?)<\/title>/s.exec(html) ?? []
  return { crawl, url, title, links: links.length }
})

/** The pages of the same host that a page links to. */
function linksOf(html: string, from: string): readonly string[] {
  const links = [...html.matchAll(/<a\s[^>]*href="([^"]*)"/g)].map(([, href = '']) => new URL(href, from))
  const near = links.filter(({ origin }) => origin === new URL(from).origin)
  return [...new Set(near.map(({ origin, pathname }) => origin + pathname))]
}
