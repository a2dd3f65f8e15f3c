import { defineTask, typed } from '@tasq/core'

/** Writes a report of the time before a tick into the folder `REPORTS_FOLDER`, or `reports`. */
export const writeReport = defineTask({
  name: 'report.write',
  queue: 'reports',
  input: typed<{ title: string }>(),
  retry: { maxAttempts: 5, delay: '30s' },
  timeout: '5m',
})
