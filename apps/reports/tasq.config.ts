import { defineConfig } from '@tasq/cli'

export default defineConfig({ tasks: ['src/*.handler.ts'], workers: 2, concurrency: 5 })
