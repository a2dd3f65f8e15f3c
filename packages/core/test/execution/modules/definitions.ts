import { threadId } from 'node:worker_threads'
import { defineTask } from '../../../src/index.ts'

/** A definition in its own module: found by its name. */
export const selfMade = defineTask({
  name: 'self-made',
  execution: 'thread',
  module: import.meta.url,
  run: (name: string) => `hello ${name} from thread ${threadId > 0}`,
})

/** One that leaves its handler to others. */
export const inert = defineTask({ name: 'inert', module: new URL('./broken.ts', import.meta.url) })
