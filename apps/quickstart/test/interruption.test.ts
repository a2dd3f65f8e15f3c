import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { gone, temporaryFolder } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { writeMany } from './support/folders.ts'
import { finish, finished, pidsIn, type Quickstart, rowsIn, start, underWay } from './support/quickstart.ts'

const FILES = 400
/** So slow that it is interrupted long before its end. */
const SLOWLY = ['--workers', '2', '--concurrency', '1']

/** A folder that is being measured, in a process group as a terminal makes one. */
async function inTheMiddle(): Promise<Quickstart & { readonly folder: string }> {
  const folder = temporaryFolder()
  writeMany(folder, FILES)
  const quickstart = start([...SLOWLY, folder], { detached: true })
  await underWay(quickstart.file)
  return { ...quickstart, folder }
}

/** What a signal to all its processes goes to. */
function groupOf({ process: { pid } }: Quickstart): number {
  if (pid === undefined) throw new Error('it was not started')
  return -pid
}

test.each([
  ['Ctrl-C, which reaches its workers as well,', 'SIGINT', groupOf],
  ['a termination', 'SIGTERM', (quickstart: Quickstart) => -groupOf(quickstart)],
] as const)('%s ends it; started again, it goes on', async (_, signal, target) => {
  const quickstart = await inTheMiddle()
  process.kill(target(quickstart), signal)
  const { code, out, err } = await finished(quickstart)
  expect({ code, err }).toEqual({ code: 128 + constants.signals[signal], err: '' })
  expect(out).toMatch(/^Interrupted\. Start it again, and it goes on where it stopped\.$/m)
  expect(pidsIn(out)).toHaveLength(2)
  await gone(...pidsIn(out))

  const { done } = await underWay(quickstart.file)
  expect(done).toBeLessThan(FILES)
  const again = await finish([quickstart.folder], { file: quickstart.file })
  expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
  expect(again.out).toContain(`${FILES} tasks in ${quickstart.file}, ${FILES} of them from an earlier run`)
  expect(rowsIn(again.out).all?.[0]).toBe(FILES)
  expect(existsSync(quickstart.file)).toBe(false)
})

test('kill -9 takes its workers along; started again, it goes on', async () => {
  const quickstart = await inTheMiddle()
  const workers = await quickstart.workers()
  quickstart.process.kill('SIGKILL')
  expect(await quickstart.ended).toBe('SIGKILL')
  await gone(...workers)
  const { code, out } = await finish([quickstart.folder], { file: quickstart.file })
  expect(code).toBe(0)
  expect(rowsIn(out).all?.[0]).toBe(FILES)
})

test('a worker that is killed is replaced, which is told, and every file is measured', async () => {
  const quickstart = await inTheMiddle()
  const [victim] = await quickstart.workers()
  if (victim !== undefined) process.kill(victim, 'SIGKILL')
  const { code, out, err } = await finished(quickstart)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('A worker process ended, with SIGKILL; another took its place.')
  expect(rowsIn(out).all?.[0]).toBe(FILES)
})
