// The program of a thread or process of a pool: runs the handlers that it is told to, one at a time.

import { parentPort } from 'node:worker_threads'
import { runInChild } from './child-jobs.ts'
import type { FromChild, ToChild } from './protocol.ts'

// What comes on this line was written by `pool-child.ts`.
if (parentPort !== null) {
  const port = parentPort
  const hear = runInChild((message: FromChild) => port.postMessage(message))
  port.on('message', (message: ToChild) => hear(message))
} else {
  const hear = runInChild((message: FromChild) => void process.send?.(message))
  process.on('message', (message) => hear(message as ToChild))
  process.on('disconnect', () => hear('orphaned'))
  // Those of a terminal or a service manager come to every process of a group: when this one ends is for its worker to say.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
}
