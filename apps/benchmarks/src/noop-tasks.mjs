import { defineTask } from '@tasq/core'

// For `tasq worker`; JavaScript, because what strips types takes 20 MB of the memory that is measured.
export const noop = defineTask({ name: 'noop', run: async () => {} })

process.on('exit', () => console.log(`resident ${process.memoryUsage.rss()}`))
