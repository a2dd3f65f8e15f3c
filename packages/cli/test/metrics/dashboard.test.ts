import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricsRegistry } from '../../src/metrics/registry.ts'
import { namesIn } from './samples.ts'

const file = new URL('../../../../docs/grafana/tasq.json', import.meta.url)
const dashboard: unknown = JSON.parse(readFileSync(file, 'utf8'))

/** Every text in a value that stands under one of these keys, however deep. */
function textsUnder(value: unknown, keys: readonly string[]): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && keys.includes(key) ? [inner] : textsUnder(inner, keys),
  )
}

async function promised(): Promise<readonly string[]> {
  const registry = metricsRegistry({
    source: {
      queues: [],
      tasks: () => [],
      workers: () => [],
      health: () => ({ status: 'healthy', reasons: [], state: 'running' }),
    },
    backlog: { read: async () => [] },
    driver: 'memory',
    version: '1.2.3',
  })
  return namesIn(await registry.metrics())
}

test('the dashboard shows every metric that there is, and no other [U17]', async () => {
  const used = textsUnder(dashboard, ['expr', 'query', 'definition'])
    .flatMap((text) => text.match(/\btasq_\w+/g) ?? [])
    .map((name) => name.replace(/_(bucket|sum|count)$/, ''))
  expect([...new Set(used)].sort()).toEqual([...(await promised())].sort())
})

test('the page about metrics names every one of them, and no other', async () => {
  const page = readFileSync(new URL('../../../../docs/how-to/observe.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| `(tasq_\w+)` \|/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...(await promised())].sort())
})

test('its panels have places of their own, and say what they show', () => {
  expect(dashboard).toMatchObject({ uid: 'tasq', templating: { list: [{ name: 'datasource' }, {}, {}] } })
  const panels = (dashboard as { readonly panels: readonly Record<string, unknown>[] }).panels
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  for (const { type, description, title } of panels) {
    if (type !== 'row')
      expect({ title, description }).toEqual({ title, description: expect.stringMatching(/./) })
  }
})
