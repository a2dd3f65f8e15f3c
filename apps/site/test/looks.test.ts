import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram, serverPrograms } from '@tasq/test-support/servers'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { siteFolder } from '../src/repository.ts'
import { type ServedSite, serveSite } from './support/serve.ts'

const pictures = join(siteFolder, '.reports', 'pictures')
const pages = [
  '/',
  '/concepts',
  '/reference/options',
  '/driver-matrix',
  '/how-to/operate',
  '/api/core-functions',
]
const widths = [1280, 375]
const schemes = ['light', 'dark'] as const

// Elsewhere the tests of the other systems would each need a browser of their own.
describe.runIf(process.platform === 'linux')('in a browser', () => {
  let browser: Browser
  let site: ServedSite

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    site = await serveSite()
    browser = await chromium.launch({
      executablePath: requireProgram(serverPrograms.chromium),
      args: ['--no-sandbox'],
    })
  })

  afterAll(async () => {
    await browser?.close()
    site?.close()
  })

  for (const path of pages) {
    for (const width of widths) {
      for (const colorScheme of schemes) {
        it(`${path} fits ${width} px, ${colorScheme}`, async () => {
          const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
          const errors = errorsOf(page)
          await page.goto(`${site.url}${path}`, { waitUntil: 'load' })
          const isDark = () => page.evaluate("document.documentElement.classList.contains('dark')")
          await expect.poll(isDark).toBe(colorScheme === 'dark')
          expect(await page.locator('h1').first().isVisible()).toBe(true)
          expect(await page.locator('h2').first().isVisible()).toBe(true)
          expect(await tooWide(page)).toEqual([])
          expect(await brokenPictures(page)).toEqual([])
          await page.screenshot({ path: join(pictures, `${nameOf(path)}-${width}-${colorScheme}.png`) })
          await page.close()
          expect(errors).toEqual([])
        })
      }
    }
  }

  it('finds what is searched for', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(`${site.url}/`, { waitUntil: 'networkidle' })
    await page.keyboard.press('Control+k')
    await page.locator('#localsearch-input').fill('visibilityTimeout')
    await page.locator('.VPLocalSearchBox .result').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname !== '/')
    await expect.poll(() => page.locator('.vp-doc').textContent()).toContain('visibilityTimeout')
    await page.close()
  })
})

/** What goes wrong in the page, and what it asks of other servers. */
function errorsOf(page: Page): readonly string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('request', (request) => {
    if (!/^(data:|http:\/\/127\.0\.0\.1)/.test(request.url())) errors.push(`asks for ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`)
  })
  return errors
}

/** What pushes the page wider than the window; what scrolls by itself, such as code and tables, does not. */
function tooWide(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > width + 1)
      .map((each) => each.tagName + '.' + each.className).slice(0, 10)
  })()`)
}

/** Pictures that did not load. */
function brokenPictures(page: Page): Promise<unknown> {
  return page.evaluate(
    `[...document.images].filter((each) => each.naturalWidth === 0).map((each) => each.src)`,
  )
}

function nameOf(path: string): string {
  return path === '/' ? 'home' : path.slice(1).replaceAll('/', '-')
}
