import { allTold } from '@tasq/test-support'
import { expect, inject, test } from 'vitest'
import { type SqsOptions, sqs } from '../src/index.ts'

const SECRET = 'Hush-Never-Shown-1'
const KEY = 'AKIAHUSHNEVERSHOWN12'
const keys = { accessKeyId: KEY, secretAccessKey: SECRET, sessionToken: SECRET }

test('no error shows keys, whatever is wrong', async () => {
  const { endpoint } = inject('sqsAccess')
  const client = { send() {} } as never
  const wrong: readonly SqsOptions[] = [
    { ...keys, client },
    { ...keys, credentials: { accessKeyId: KEY, secretAccessKey: SECRET } },
    { accessKeyId: KEY },
    { secretAccessKey: SECRET },
    { ...keys, endpoint: `user:${SECRET}@${endpoint}` },
    { ...keys, endpoint: `ftp://user:${SECRET}@localhost` },
    { ...keys, queueUrlPrefix: `x?token=${SECRET}` },
    { ...keys, endpoint: 'http://127.0.0.1:1' },
    { ...keys, endpoint: `http://user:${SECRET}@127.0.0.1:1` },
    { endpoint, credentials: () => Promise.reject(new Error(`secret=${SECRET} ${KEY}`)) },
  ]
  const told = await allTold(wrong.map((options) => () => sqs({ region: 'eu-central-1', ...options })))
  expect(told).toContain("'secretAccessKey' can't be undefined")
  expect(told).not.toContain(SECRET)
  expect(told).not.toContain(KEY)
})
