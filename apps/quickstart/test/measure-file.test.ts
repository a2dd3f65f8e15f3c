import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createTasq } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { temporaryFolder } from '@tasq/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { measureFile } from '../src/measure-file.handler.ts'
import type { Measurement } from '../src/measure-file.ts'
import { measured } from './support/expected.ts'
import { write } from './support/folders.ts'

/** Measures files by a worker. */
async function measure(paths: readonly string[]): Promise<readonly Measurement[]> {
  const tasq = createTasq({ driver: memory(), tasks: [measureFile] as const })
  onTestFinished(() => tasq.close())
  await tasq.worker().start()
  const handles = await tasq.enqueueMany(
    measureFile,
    paths.map((path) => ({ path })),
  )
  return await Promise.all(handles.map((handle) => handle.result({ timeout: '15s' })))
}

const CHUNK = 64 * 1_024

test.each<[string, string | Uint8Array]>([
  ['nothing', ''],
  ['one line', 'one two three\n'],
  ['no line feed at the end', 'one\ntwo'],
  ['only white space', ' \t\n\v\f\r\n\n'],
  ['Windows line ends', 'one\r\ntwo\r\n'],
  ['letters of many bytes', 'Grüße, 世界 👋\n\u00a0\n'],
  ['a word that goes on in the next chunk', `${'x'.repeat(CHUNK - 3)}yyyyyy z\n`],
  ['a word that ends with a chunk', `${'x'.repeat(CHUNK)} z\n`],
  ['all bytes there are', Uint8Array.from({ length: 256 }, (_, index) => index)],
  ['binary data', randomBytes(300_000)],
  ['5 MB of text', 'It was a dark and stormy night.\n'.repeat(164_000)],
])('%s is measured as it is by other means', async (_, contents) => {
  const folder = temporaryFolder()
  write(folder, { file: contents })
  const path = join(folder, 'file')
  expect(await measure([path])).toEqual([{ path, ...measured(contents) }])
})

test('lines, words and bytes are those of wc', async () => {
  const folder = temporaryFolder()
  const text = 'Hello,  world\n\tthis is\r\n\n a test\fof words\vand lines without an end'
  write(folder, { 'text.txt': text })
  const path = join(folder, 'text.txt')
  const { stdout } = spawnSync('wc', ['-lwc', path], { encoding: 'utf8', env: { LC_ALL: 'C' } })
  const [lines, words, bytes] = stdout.trim().split(/\s+/).map(Number)
  expect(await measure([path])).toMatchObject([{ lines, words, bytes }])
})

test('a file that is gone fails with its name, so that it is tried again', async () => {
  const folder = temporaryFolder()
  write(folder, { file: 'a' })
  rmSync(join(folder, 'file'))
  const tasq = createTasq({ driver: memory(), tasks: [measureFile] as const })
  onTestFinished(() => tasq.close())
  const { id } = await tasq.enqueue(measureFile, { path: join(folder, 'file') })
  const failed = new Promise((resolve) => tasq.events.on('task:retrying', resolve))
  await tasq.worker().start()
  expect(await failed).toMatchObject({ id, attempt: 1 })
  const snapshot = await tasq.handle(measureFile, id).inspect()
  expect(snapshot?.failures).toMatchObject([{ message: expect.stringMatching(/ENOENT.*file/) }])
})
