import { allTold } from '@tasq/test-support'
import { expect, inject, test } from 'vitest'
import { type RedisOptions, redis } from '../src/index.ts'
import { ownServer } from './support/own-server.ts'

const SECRET = 'Hush-Never-Shown-1'

test('no error shows the password, whatever is wrong', async () => {
  const { url: locked } = await ownServer(['--requirepass', 'the right one'])
  const { url: secure } = inject('redisTls')
  const own = inject('redisUrl')
  const withSecret = (url: string) => url.replace('//', `//user:${SECRET}@`)
  const client = { status: 'ready' } as never
  const wrong: readonly RedisOptions[] = [
    { url: withSecret(locked) },
    { url: locked, password: SECRET },
    { url: withSecret(own) },
    { url: withSecret(secure) },
    { url: withSecret('redis://127.0.0.1:1') },
    { url: withSecret('redis://nowhere.invalid') },
    { url: withSecret('http://localhost') },
    { url: withSecret('redis://localhost/name') },
    { url: `redis://localhost?password=${SECRET}` },
    { url: `redis:/user:${SECRET}@localhost` },
    { url: `redis://:${SECRET}` },
    { url: `redis://:${SECRET}%zz@localhost` },
    { url: withSecret(own), client },
    { password: SECRET, client },
    { url: withSecret(own), cluster: [{ host: 'a' }] },
    { cluster: [{ host: '127.0.0.1', port: 1 }], password: SECRET },
  ]
  const told = await allTold(wrong.map((options) => () => redis({ connectTimeout: '2s', ...options })))
  expect(told).toContain('WRONGPASS')
  expect(told).not.toContain(SECRET)
})
