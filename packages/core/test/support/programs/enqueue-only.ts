import { createTasq, defineTask } from '../../../src/index.ts'
import { memory } from '../../../src/memory.ts'

// Enqueues, closes where it is told to, and has nothing else to do.
const work = defineTask({ name: 'work' })
const tasq = createTasq({ driver: memory(), tasks: [work] })
const [handle] = await Promise.all([
  tasq.enqueue('work'),
  tasq.enqueue(work),
  tasq.enqueueMany(work, [undefined]),
])
console.log(handle.status)
if (process.argv[2] === 'close') await tasq.close()
