// The tasks of the shop that the pictures show: they take their time, and some of them fail.

import { setTimeout as wait } from 'node:timers/promises'
import { defineTask } from '@tasq/core'

export const resizeImage = defineTask({
  name: 'image.resize',
  queue: 'images',
  retry: { maxAttempts: 5, giveUpOn: [RangeError] },
  run: async ({ file, width }: { file: string; width: number }, { log }) => {
    await wait(60 + width / 10)
    if (/13\.png$/.test(file)) throw new Error(`${file} is not there yet`)
    if (/[39]7\.png$/.test(file)) throw new RangeError(`${file} is empty`)
    log(`${file} is ${width} wide`)
  },
})

export const sendMail = defineTask({
  name: 'mail.send',
  queue: 'mail',
  retry: { maxAttempts: 2, delay: '1s' },
  run: async ({ order }: { order: number }, { log }) => {
    await wait(120)
    if (order >= 9_000) throw new Error(`order ${order} is unknown`)
    log(`order ${order} is confirmed`)
  },
})

export const writeReport = defineTask({
  name: 'report.write',
  queue: 'reports',
  run: async ({ day }: { day: string }, { log }) => {
    await wait(900)
    log(`${day} is written`)
  },
})
