import { describePublishedEvents } from '@tasq/driver-tests'
import { inject } from 'vitest'
import { redis } from '../src/index.ts'
import { testPrefix } from './support/harness.ts'
import { operator } from './support/own-server.ts'

describePublishedEvents({
  openStore: async () => {
    const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
    return () => redis(options)
  },
  listen: async (channel) => {
    const heard: string[] = []
    const client = operator(inject('redisUrl'))
    client.on('message', (_, text) => void heard.push(text))
    await client.subscribe(channel)
    return heard
  },
})
