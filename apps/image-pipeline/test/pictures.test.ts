import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode, startTasq, temporaryFolder } from '@tasq/test-support'
import { startRabbitmq } from '@tasq/test-support/servers'
import sharp from 'sharp'
import { expect, onTestFinished, test } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const WIDTHS = [200, 400, 800]
const FORMATS = ['avif', 'jpeg', 'webp']

/** What has to hold, wherever the tasks are. */
async function expectAllCopies(env: Readonly<Record<string, string>>): Promise<void> {
  const folder = temporaryFolder()
  const worker = startTasq(['worker'], { cwd, env })
  const { code, out, err } = await finishNode(['src/main.ts', folder], { cwd, env })
  expect(code).toBe(0)

  const files = readdirSync(join(folder, 'copies'))
  expect(files).toHaveLength(3 * WIDTHS.length * FORMATS.length)
  for (const file of files) {
    const [, number, width, format] = /^sun-(\d)-(\d+)\.(\w+)$/.exec(file) ?? []
    const metadata = await sharp(join(folder, 'copies', file)).metadata()
    expect({ file, width: metadata.width, height: metadata.height }).toEqual({
      file: `sun-${number}-${width}.${format}`,
      width: Number(width),
      height: (Number(width) * 750) / 1_200,
    })
    expect(metadata.format).toBe(format === 'avif' ? 'heif' : format)
    expect(out).toMatch(new RegExp(`^${file}: \\d+ bytes$`, 'm')) // the result was kept
  }
  worker.process.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
  expect(err).toContain('100 % of 9 copies')
}

test('every picture is there in all widths and formats, and progress and results have come back, on SQLite', async () => {
  await expectAllCopies({ TASQ_SQLITE_FILE: join(temporaryFolder(), 'pictures.db') })
})

test('the same on RabbitMQ with SQLite beside it', async () => {
  const { dispose, url } = await startRabbitmq()
  onTestFinished(dispose)
  await expectAllCopies({
    ...{ TASQ_DRIVER: 'rabbitmq', TASQ_RABBITMQ_URL: url },
    ...{ TASQ_STORE: 'sqlite', TASQ_STORE_URL: join(temporaryFolder(), 'store.db') },
  })
})
