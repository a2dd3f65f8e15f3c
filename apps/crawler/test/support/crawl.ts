import { fileURLToPath } from 'node:url'
import { finishNode, type Settings, startTasq } from '@tasq/test-support'
import { expect } from 'vitest'

/** The folder of this sample. */
export const cwd = fileURLToPath(new URL('../..', import.meta.url))

/** How many pages of the patient site may be had in a second: fewer than the slowest machine fetches. */
const PER_SECOND = 2

/** Runs a crawl beside a worker, and checks that it found each page of both sites, once. */
export async function expectAllPagesOnce(env: Settings, size: number): Promise<void> {
  const worker = startTasq(['worker'], { cwd, env })
  const { code, out, err } = await finishNode(['src/crawl.ts', String(size), String(PER_SECOND)], {
    cwd,
    env,
  })
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  expect(code, err).toBe(0)

  const [hurried, patient] = [...out.matchAll(/: (.*)\n {2}it has asked for patience (\d+) times/g)].reverse()
  for (const site of [hurried, patient])
    expect(site?.[1]).toMatch(new RegExp(`^${size} pages with \\d+ links, each fetched 1 time`))
  expect(Number(hurried?.[2])).toBe(0)
  expect(Number(patient?.[2])).toBeGreaterThan(0)
}
