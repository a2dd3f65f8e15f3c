import { finishNode, settingsOf } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { cwd, expectAllPagesOnce } from './support/crawl.ts'

test.each(['redis', 'postgres', 'mysql'])(
  'every page of both hosts is fetched once, on %s',
  async (backend) => {
    await expectAllPagesOnce(settingsOf(backend), 12)
  },
)

test.each(['rabbitmq', 'sqs', 'rabbitmq and sqlite', 'sqs and sqlite'])(
  '%s is refused before anything is enqueued, with what to do',
  async (backend) => {
    const { code, err } = await finishNode(['src/crawl.ts'], { cwd, env: settingsOf(backend) })
    expect(code).toBe(1)
    expect(err).toMatch(/has no .*inspection.*choose another driver, by TASQ_DRIVER/)
  },
)
