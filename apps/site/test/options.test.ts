import { expect, it } from 'vitest'
import { doors } from '../src/api.ts'
import { chapters } from '../src/option-sections.ts'
import { optionsFile, optionsPage } from '../src/options.ts'
import { textOf } from '../src/repository.ts'

/** Those made of others that are there, and those for authors of drivers. */
const elsewhere = new Set([
  'ManyOptions',
  'FollowUpOptions',
  'PoolWorkerOptions',
  'ScheduledTaskOptions',
  'ConnectionOptions',
])

it('docs/reference/options.md says what the comments say: pnpm --filter @tasq/site options writes it', () => {
  expect(textOf(optionsFile)).toBe(optionsPage())
})

it('has all options that the packages export', () => {
  const there = new Set(chapters.flatMap(({ sections }) => sections.map(({ name }) => name)))
  const exported = Object.values(doors)
    .filter((file) => !file.endsWith('/driver.ts'))
    .flatMap((file) => [...textOf(file).matchAll(/\b(?!Resolved)[A-Z]\w+Options\b/g)].map(([name]) => name))
    .filter((name) => !elsewhere.has(name))
  expect(exported.length).toBeGreaterThan(20)
  expect([...new Set(exported)].filter((name) => !there.has(name))).toEqual([])
})
