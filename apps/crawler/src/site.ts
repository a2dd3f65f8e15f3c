import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A site to crawl, on this machine, and what it has seen. */
export interface Site {
  readonly url: string
  /** How often each path was served. */
  readonly served: ReadonlyMap<string, number>
  /** How often it has asked for patience. */
  readonly refused: () => number
  close(): void
}

export interface SiteOptions {
  readonly pages: number
  /** It answers 429 to whoever wants more. */
  readonly perSecond: number
  /** How long it then asks for patience, in seconds. @default 1 */
  readonly patience?: number
}

/** Page n links to 2n and 2n + 1, and all of them link to page 1 and to the one before. */
export async function openSite({ pages, perSecond, patience = 1 }: SiteOptions): Promise<Site> {
  const served = new Map<string, number>()
  const recent: number[] = []
  let refused = 0
  const server = createServer(({ url: path = '/' }, response) => {
    const now = performance.now()
    while (recent[0] !== undefined && recent[0] <= now - 1_000) recent.shift()
    if (recent.length >= perSecond) {
      refused++
      response.writeHead(429, { 'retry-after': String(patience) }).end()
      return
    }
    recent.push(now)
    const page = Number(path.slice('/page/'.length))
    served.set(path, (served.get(path) ?? 0) + 1)
    const links = [1, page - 1, page * 2, page * 2 + 1].filter((to) => to >= 1 && to <= pages)
    response.writeHead(200, { 'content-type': 'text/html' }).end(htmlOf(page, links))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/page/1`,
    served,
    refused: () => refused,
    close: () => server.close(),
  }
}

function htmlOf(page: number, links: readonly number[]): string {
  const anchors = links.map((to) => `<a href="/page/${to}">page ${to}</a>`)
  return `<html><head><title>Page ${page}</title></head><body>${anchors.join('\n')}</body></html>`
}
