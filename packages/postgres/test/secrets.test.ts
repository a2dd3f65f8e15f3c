import { allTold } from '@tasq/test-support'
import { expect, inject, test } from 'vitest'
import { type PostgresOptions, postgres } from '../src/index.ts'

const SECRET = 'Hush-Never-Shown-1'

test('no error shows the password, whatever is wrong', async () => {
  const own = inject('postgresUrl')
  const withSecret = (url: string) => url.replace(/\/\/([^@]*@)?/, `//user:${SECRET}@`)
  const withoutPassword = Object.assign(new URL(own), { password: '' }).href
  const wrong: readonly PostgresOptions[] = [
    { url: withSecret(own) },
    { url: withoutPassword, password: SECRET },
    { url: withoutPassword, password: async () => SECRET },
    { url: withoutPassword, password: () => Promise.reject(new Error(`no password=${SECRET}`)) },
    { url: withSecret(own), ssl: true },
    { url: withSecret('postgres://127.0.0.1:1/app') },
    { url: withSecret('postgres://nowhere.invalid/app') },
    { url: withSecret('http://localhost/app') },
    { url: `${withSecret(own)}?sslkey=/nowhere/${SECRET}.key&sslmode=require` },
    { url: `postgres://127.0.0.1:1/app?user=a&password=${SECRET}` },
    { url: `postgres:/user:${SECRET}@localhost/app` },
    { url: `postgres//:${SECRET}` },
    { url: own, listen: withSecret('http://localhost') },
    { url: withSecret(own), pool: {} as never },
    { password: SECRET, pool: { connect() {}, query() {}, on() {} } as never },
  ]
  const told = await allTold(wrong.map((options) => () => postgres({ connectTimeout: '2s', ...options })))
  expect(told).toContain('password authentication failed')
  expect(told).not.toContain(SECRET)
})
