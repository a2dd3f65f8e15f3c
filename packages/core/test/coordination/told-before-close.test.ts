import { expect, test } from 'vitest'
import { settled, stage } from '../support/stage.ts'

test('what others are told of a change is sent before the app is closed, but nothing waits for it for long', async () => {
  for (const takesMs of [200, 60_000]) {
    const { clock, driver, tasq } = stage()
    const sent: string[] = []
    Object.assign(driver.events, {
      publish: (channel: string) =>
        new Promise<void>((resolve) => {
          clock.setTimeout(() => {
            sent.push(channel)
            resolve()
          }, takesMs)
        }),
    })
    await tasq.queue('mail').pause()
    const startedAt = clock.monotonic()
    await settled(clock, tasq.close())
    expect(sent).toEqual(takesMs === 200 ? ['control'] : [])
    expect(clock.monotonic() - startedAt).toBeLessThan(2_000)
  }
})
