import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode, type Settings, startTasq, temporaryFolder } from '@tasq/test-support'
import { expect } from 'vitest'

/** The folder of this sample. */
export const cwd = fileURLToPath(new URL('../..', import.meta.url))

/** What has to hold, wherever the schedules are: so many ticks are one report each, however many workers there are. */
export async function expectEachTickOnce(settings: Settings, least: number): Promise<void> {
  const folder = join(temporaryFolder(), 'reports')
  const env = { ...settings, REPORTS_FOLDER: folder }
  const set = await finishNode(['src/schedule.ts'], { cwd, env })
  expect(set.code).toBe(0)
  const [, nightly = ''] = /^nightly is active, next at (.*)$/m.exec(set.out) ?? []
  const inBerlin = new Date(nightly).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })
  expect(inBerlin).toBe('03:00:00')

  // Four processes of two commands, as on two machines.
  const workers = [startTasq(['worker'], { cwd, env }), startTasq(['worker'], { cwd, env })]
  const written = () => workers.flatMap(({ out }) => out.lines())
  const ticks = () => written().filter((line) => line.startsWith('pulse-'))
  await expect.poll(() => ticks().length).toBeGreaterThanOrEqual(least)
  for (const worker of workers) worker.process.kill('SIGTERM')
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0])

  expect(new Set(written()).size).toBe(written().length) // no tick came to two tasks
  const reports = readdirSync(folder).sort()
  expect(written().sort()).toEqual(reports.map((name) => `${name} is written`))
  const opening = reports.filter((name) => name.startsWith('opening-'))
  expect(opening).toEqual(['opening-2025-12-31T23-00-00.000Z.md'])
  expect(readFileSync(join(folder, `${opening[0]}`), 'utf8')).toBe(
    '# Before we opened\n\nUp to 2025-12-31T23:00:00.000Z.\n',
  )

  // The intervals have no drift: all ticks are whole intervals apart.
  const times = ticks().map((line) => Date.parse(timeOf(line)))
  expect(times.map((time) => (time - Math.min(...times)) % 2_000)).toEqual(times.map(() => 0))
}

function timeOf(line: string): string {
  const [, day = '', time = ''] = /^pulse-(.*)T(.*)\.md is written$/.exec(line) ?? []
  return `${day}T${time.replaceAll('-', ':')}`
}
