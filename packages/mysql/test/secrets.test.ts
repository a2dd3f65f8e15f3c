import { allTold } from '@tasq/test-support'
import { expect, inject, test } from 'vitest'
import { type MysqlOptions, mysql } from '../src/index.ts'

const SECRET = 'Hush-Never-Shown-1'

test('no error shows the password, whatever is wrong', async () => {
  const own = Object.assign(new URL(inject('url')), { pathname: '/app' }).href
  const withSecret = (url: string) => url.replace(/\/\/([^@]*@)?/, `//user:${SECRET}@`)
  const wrong: readonly MysqlOptions[] = [
    { url: withSecret(own) },
    { url: withSecret(own), ssl: { key: SECRET, cert: SECRET, passphrase: SECRET } },
    { url: withSecret('mysql://127.0.0.1:1/app') },
    { url: withSecret('mysql://nowhere.invalid/app') },
    { url: withSecret('http://localhost/app') },
    { url: withSecret('mysql://localhost') },
    { url: `mysql://127.0.0.1:1/app?password=${SECRET}` },
    { url: `mysql://localhost/?password=${SECRET}` },
    { url: `mysql:/user:${SECRET}@localhost/app` },
    { url: `mysql://:${SECRET}` },
    { url: `user:${SECRET}@localhost/app` },
    { url: withSecret(own), database: 'a/b' },
    { url: withSecret(own), pool: {} as never },
  ]
  const told = await allTold(wrong.map((options) => () => mysql({ connectTimeout: '2s', ...options })))
  expect(told).toContain('access is denied')
  expect(told).not.toContain(SECRET)
})
