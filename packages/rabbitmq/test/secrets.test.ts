import { allTold } from '@tasq/test-support'
import { expect, inject, test } from 'vitest'
import { type RabbitmqOptions, rabbitmq } from '../src/index.ts'

const SECRET = 'Hush-Never-Shown-1'

test('no error shows the password, whatever is wrong', async () => {
  const own = inject('rabbitmqUrl')
  const withSecret = (url: string) => url.replace(/\/\/([^@]*@)?/, `//user:${SECRET}@`)
  const wrong: readonly RabbitmqOptions[] = [
    { url: withSecret(own) },
    { url: own, password: SECRET },
    { url: withSecret(own), tls: true },
    { url: withSecret(own), vhost: 'nowhere' },
    { url: withSecret('amqp://127.0.0.1:1') },
    { url: withSecret('amqp://nowhere.invalid') },
    { url: withSecret('http://localhost') },
    { url: withSecret('amqp://localhost/a/b') },
    { url: `amqp://localhost?password=${SECRET}` },
    { url: `amqp:/user:${SECRET}@localhost` },
    { url: `amqp://:${SECRET}` },
    { url: `amqp://:${SECRET}%zz@localhost` },
  ]
  const told = await allTold(wrong.map((options) => () => rabbitmq({ connectTimeout: '2s', ...options })))
  expect(told).toContain('refuses this user or password')
  expect(told).not.toContain(SECRET)
})
