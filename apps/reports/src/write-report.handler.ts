import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scheduledRun } from '@tasq/core'
import { writeReport as definition } from './write-report.ts'

const folder = process.env.REPORTS_FOLDER ?? 'reports'

export const writeReport = definition.handle(async ({ title }, context) => {
  const { schedule = 'by-hand', scheduledFor = context.enqueuedAt } = scheduledRun(context) ?? {}
  // The name comes from the tick: an attempt that runs again, however late, writes the same file.
  const name = `${schedule}-${scheduledFor.toISOString().replaceAll(':', '-')}.md`
  await mkdir(folder, { recursive: true })
  const draft = join(folder, `.${context.id}`)
  await writeFile(draft, `# ${title}\n\nUp to ${scheduledFor.toISOString()}.\n`)
  await rename(draft, join(folder, name)) // whoever looks into the folder sees no half of a report
  console.log(`${name} is written`)
})
