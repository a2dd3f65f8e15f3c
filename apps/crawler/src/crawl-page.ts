import { defineTask, type FollowUpOptions, typed } from '@tasq/core'

/** A page to look at. */
export interface PageRequest {
  /** Which crawl it belongs to: another one looks at the same page again. */
  readonly crawl: string
  readonly url: string
}

/** What is found out about a page. */
export interface Page extends PageRequest {
  readonly title: string
  /** How many pages of its host it links to. */
  readonly links: number
}

/** Fetches a page, and enqueues the pages that it links to. */
export const crawlPage = defineTask({
  name: 'page.crawl',
  queue: 'pages',
  input: typed<PageRequest>(),
  output: typed<Page>(),
  retry: { maxAttempts: 3, strategy: 'fixed', delay: '1s' },
  timeout: '10s',
  keepResult: '1h',
})

/** Each page once in a crawl, however many pages link to it; and pages of one host can be held together. */
export function oncePerCrawl({ crawl, url }: PageRequest): FollowUpOptions {
  return { unique: { key: `${crawl} ${url}`, window: '1h' }, group: new URL(url).host }
}
