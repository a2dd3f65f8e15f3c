import { appFromSettings } from '@tasq/cli'
import { writeReport } from './write-report.ts'

await using tasq = await appFromSettings({ tasks: [writeReport], needs: ['coordination'] })

// Set again as they are, they stay as they are; so a deploy may run this each time.
const schedules = [
  await tasq.schedules.set({
    id: 'nightly',
    task: writeReport,
    input: { title: 'The day' },
    cron: '0 3 * * *',
    timezone: 'Europe/Berlin', // at 3 o'clock there, in summer and in winter
    missed: 'once', // after nights without workers, one report
  }),
  await tasq.schedules.set({
    id: 'pulse',
    task: writeReport,
    input: { title: 'The last two seconds' },
    every: '2s',
    missed: 'skip', // what nobody was there for is of no interest any more
    expiresIn: '1m', // nor is what no worker had time for
    unique: { key: 'pulse' }, // and one at a time will do
  }),
  await tasq.schedules.set({
    id: 'opening',
    task: writeReport,
    input: { title: 'Before we opened' },
    at: new Date('2026-01-01T00:00:00+01:00'),
    missed: 'once', // the instant is over, so the first worker catches it up
  }),
]

for (const { id, state, nextRun } of schedules) {
  console.log(`${id} is ${state}, next at ${nextRun?.toISOString() ?? 'no time any more'}`)
}
