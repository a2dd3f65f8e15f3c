import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode, type Settings, startTasq, temporaryFolder } from '@tasq/test-support'
import sharp from 'sharp'
import { expect } from 'vitest'

/** The folder of this sample. */
export const cwd = fileURLToPath(new URL('../..', import.meta.url))

const WIDTHS = [200, 400, 800]
const FORMATS = ['avif', 'jpeg', 'webp']

/** What has to hold, wherever the tasks are. */
export async function expectAllCopies(env: Settings, pictures: number): Promise<void> {
  const folder = temporaryFolder()
  const worker = startTasq(['worker'], { cwd, env })
  const { code, out, err } = await finishNode(['src/main.ts', folder, String(pictures)], { cwd, env })
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  expect(code, err).toBe(0)

  const files = readdirSync(join(folder, 'copies'))
  expect(files).toHaveLength(pictures * WIDTHS.length * FORMATS.length)
  for (const file of files) {
    const [, number, width, format] = /^sun-(\d)-(\d+)\.(\w+)$/.exec(file) ?? []
    const metadata = await sharp(join(folder, 'copies', file)).metadata()
    expect({ file, width: metadata.width, height: metadata.height }).toEqual({
      file: `sun-${number}-${width}.${format}`,
      width: Number(width),
      height: (Number(width) * 750) / 1_200,
    })
    expect(metadata.format).toBe(format === 'avif' ? 'heif' : format)
    expect(out).toMatch(new RegExp(`^${file}: \\d+ bytes, by process \\d+$`, 'm')) // the result was kept
  }
  expect(err).toContain(`100 % of ${pictures * WIDTHS.length} copies`)
  const writers = [...out.matchAll(/by process (\d+)$/gm)].map(([, pid]) => Number(pid))
  expect(writers).not.toContain(worker.process.pid)
}
