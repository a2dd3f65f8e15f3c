import { describePublishedEvents } from '@tasq/driver-tests'
import { newStore } from './support/store.ts'

describePublishedEvents({
  openStore: async () => {
    const store = newStore()
    return () => store.driver()
  },
  listen: async (channel) => {
    const heard: string[] = []
    const client = await newStore().connect()
    // A number and a colon stand before each message, so that two that are the same are both sent.
    client.on('notification', ({ payload = '' }) => void heard.push(payload.slice(payload.indexOf(':') + 1)))
    await client.query(`LISTEN "${channel}"`)
    return heard
  },
})
