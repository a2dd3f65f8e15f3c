import { finishNode, settingsOf, temporaryFolder } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { cwd, expectAllCopies } from './support/pictures.ts'

test.each(['redis', 'postgres', 'mysql', 'rabbitmq and sqlite', 'sqs and sqlite'])(
  'a picture is there in all widths and formats, written by processes of the pool, on %s',
  async (backend) => {
    await expectAllCopies(settingsOf(backend), 1)
  },
)

test.each(['rabbitmq', 'sqs'])(
  '%s without a store keeps no results, and is refused, with what to do',
  async (backend) => {
    const { code, err } = await finishNode(['src/main.ts', temporaryFolder()], {
      cwd,
      env: settingsOf(backend),
    })
    expect(code).toBe(1)
    expect(err).toMatch(/has no results.*Put a store beside it, by TASQ_STORE/)
  },
)
