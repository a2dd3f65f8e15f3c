import { createTasq } from '@tasq/core'
import { redis } from '@tasq/redis'
import { resizeImage, sendMail, writeReport } from './shop/tasks.ts'

/** How many tasks of each kind; those of lost mails fail. */
export interface Stock {
  readonly images?: number
  readonly mails?: number
  readonly lostMails?: number
  readonly reports?: number
  /** Reports that are not due yet. */
  readonly laterReports?: number
}

/** Gives the shop something to do. */
export async function fillShop(url: string, stock: Stock): Promise<void> {
  const { images = 0, mails = 0, lostMails = 0, reports = 0, laterReports = 0 } = stock
  await using tasq = createTasq({ driver: redis(url), tasks: [resizeImage, sendMail, writeReport] })
  await tasq.enqueueMany(writeReport, daysOf(reports))
  await tasq.enqueueMany(
    sendMail,
    upTo(mails + lostMails).map((at) => ({ order: (at < lostMails ? 9_001 : 1_001) + at })),
  )
  await tasq.enqueueMany(
    resizeImage,
    upTo(images).map((at) => ({ file: `photo-${at}.png`, width: 800 })),
  )
  await tasq.enqueueMany(writeReport, daysOf(laterReports), { delay: '8h' })
}

function daysOf(count: number): readonly { readonly day: string }[] {
  return upTo(count).map((at) => ({ day: `2026-11-${String(29 - at).padStart(2, '0')}` }))
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at)
}
