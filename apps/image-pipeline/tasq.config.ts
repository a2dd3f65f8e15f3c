import { defineConfig } from '@tasq/cli'

export default defineConfig({
  tasks: ['src/tasks.ts', 'src/*.handler.ts'],
  processPoolMaxTasksPerChild: 100, // native code may leak: no process lives for ever
})
