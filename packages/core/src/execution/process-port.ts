import { fork } from 'node:child_process'
import { nodeArguments } from '../runtime/node-arguments.ts'
import { childProgram, type Port, type PortListener } from './port.ts'
import type { FromChild } from './protocol.ts'

/**
 * Starts a process, with the arguments for Node that this one has. It writes to the same outputs, and lives no longer than this one, whose end it
 * notices as soon as its event loop goes round.
 */
export function openProcess(listener: PortListener): Port {
  const child = fork(childProgram, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: nodeArguments(process.execArgv),
  })
  let isOver = false
  const over = (how: string, cause?: unknown) => {
    if (isOver) return
    isOver = true
    listener.ended({ how, cause })
  }
  // What comes on this line was written by `child.ts`.
  child.on('message', (message) => listener.message(message as FromChild))
  child.on('exit', (code, signal) => over(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.on('error', (cause) => {
    if (child.pid === undefined) over(cause.message, cause) // it never began; later errors are followed by its exit
  })
  return {
    name: `process ${child.pid}`,
    send: (message) => {
      if (child.connected) child.send(message, () => {}) // where it could not be sent, the end is told
    },
    kill: () => void child.kill('SIGKILL'),
    keepsAlive: (isWanted) => {
      if (isWanted) child.ref()
      else child.unref()
      if (isWanted) child.channel?.ref()
      else child.channel?.unref()
    },
  }
}
