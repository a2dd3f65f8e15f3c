import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { appFromSettings } from '@tasq/cli'
import { settingsOf, startTasq, temporaryFolder } from '@tasq/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { paint } from '../src/paint.ts'
import { copyPicture } from '../src/tasks.ts'
import { cwd, expectAllCopies } from './support/pictures.ts'

test('every picture is there in all widths and formats, written by processes of the pool, on SQLite', async () => {
  await expectAllCopies(settingsOf('sqlite'), 3)
})

test('a producer sees how far a copy is before it is done', async () => {
  const [env, folder] = [settingsOf('sqlite'), temporaryFolder()]
  const [path = ''] = await paint(folder, 1)
  const letThrough = fullPipe(join(folder, 'sun-1-200.avif')) // the last of its three files
  await using tasq = await appFromSettings({
    folder: cwd,
    env: { ...env },
    tasks: [copyPicture],
    needs: ['results', 'coordination'],
  })
  const copy = await tasq.enqueue(copyPicture, { path, folder, width: 200 })
  startTasq(['worker'], { cwd, env })
  await expect
    .poll(() => copy.progress())
    .toMatchObject({
      percent: expect.closeTo(66.7, 1),
      progress: { format: 'webp' },
    })
  expect((await tasq.queue('copies').counts()).active).toBe(1)
  letThrough()
  expect(await copy.result()).toHaveLength(3)
})

/** Makes a pipe in the place of a file, so full that writing waits until this lets it through. */
function fullPipe(path: string): () => void {
  execFileSync('mkfifo', [path])
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  onTestFinished(() => closeSync(pipe))
  const bytes = Buffer.alloc(4_096)
  let size = 0
  try {
    for (;;) size += writeSync(pipe, bytes)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
  }
  return () => void readSync(pipe, Buffer.alloc(size))
}
