import { defineConfig } from '@tasq/cli'

export default defineConfig({
  tasks: ['tasks.ts'],
  concurrency: 10,
  heartbeatInterval: '1s',
  heartbeatTtl: '5s',
  publishEvents: true,
})
