import { Worker } from 'node:worker_threads'
import { type ChildEnd, childProgram, type Port, type PortListener } from './port.ts'

/** Starts a thread. */
export function openThread(listener: PortListener): Port {
  const thread = new Worker(childProgram, { name: 'tasq' })
  let uncaught: { readonly cause: unknown } | undefined
  thread.on('message', (message) => listener.message(message))
  thread.on('messageerror', (cause) => {
    uncaught ??= { cause }
    void thread.terminate()
  })
  thread.on('error', (cause) => {
    uncaught ??= { cause }
  })
  thread.on('exit', (code) => listener.ended(endOf(code, uncaught)))
  return {
    name: `thread ${thread.threadId}`,
    send: (message) => thread.postMessage(message),
    kill: () => void thread.terminate(),
    keepsAlive: (isWanted) => (isWanted ? thread.ref() : thread.unref()),
  }
}

function endOf(code: number, uncaught: { readonly cause: unknown } | undefined): ChildEnd {
  if (uncaught === undefined) return { how: `exit code ${code}` }
  const { cause } = uncaught
  return { how: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), cause }
}
