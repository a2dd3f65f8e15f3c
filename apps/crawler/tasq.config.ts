import { defineConfig } from '@tasq/cli'

export default defineConfig({
  tasks: ['src/*.handler.ts'],
  workers: 2,
  concurrency: 10,
  // One limit for all workers together, wherever they run.
  rateLimit: '60/1s',
  rateBurst: 10,
  rateScope: 'global',
})
