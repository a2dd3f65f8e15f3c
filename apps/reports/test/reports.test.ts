import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode, startTasq, temporaryFolder } from '@tasq/test-support'
import { startPostgres } from '@tasq/test-support/servers'
import { expect, onTestFinished, test } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))

/** What has to hold, wherever the schedules are. */
async function expectEachTickOnce(settings: Readonly<Record<string, string>>): Promise<void> {
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
  await expect.poll(() => ticks().length).toBeGreaterThanOrEqual(3)
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

test('each tick is one report however many workers there are, and what was missed is caught up, on SQLite', async () => {
  await expectEachTickOnce({ TASQ_SQLITE_FILE: join(temporaryFolder(), 'reports.db') })
})

test('the same on PostgreSQL', async () => {
  const { server, url } = await startPostgres()
  onTestFinished(() => server.dispose())
  await expectEachTickOnce({ TASQ_DRIVER: 'postgres', TASQ_POSTGRES_DSN: url })
})

test('schedules that are set again stay as they are', async () => {
  const env = { TASQ_SQLITE_FILE: join(temporaryFolder(), 'reports.db') }
  const first = await finishNode(['src/schedule.ts'], { cwd, env })
  const second = await finishNode(['src/schedule.ts'], { cwd, env })
  const atOf = ({ out }: typeof first) => /^pulse is active, next at (.*)$/m.exec(out)?.[1]
  expect(atOf(first)).toBeDefined()
  expect(atOf(second)).toBe(atOf(first))
})
