import { createTasq, defineTask } from '../../../src/index.ts'
import { memory } from '../../../src/memory.ts'

// Runs one task until a line comes in, whatever its signal says, and reports what became of it at the end.
const task = defineTask({
  name: 'deaf',
  run: () => {
    console.log('started')
    return new Promise<void>((resolve) => process.stdin.once('data', () => resolve()))
  },
})
const tasq = createTasq({ driver: memory(), tasks: [task] })
await tasq.enqueue(task)
let heard = 0
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => console.log(`heard ${++heard}`))
}
const report = await tasq.worker({ shutdownTimeout: '1h', abortGrace: '1h' }).run()
console.log(JSON.stringify(report))
process.stdin.destroy()
await tasq.close()
