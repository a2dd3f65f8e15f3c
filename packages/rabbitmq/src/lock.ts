import { type Clock, sleep } from '@tasq/core/driver'
import type { Channels } from './channels.ts'

const PAUSE_MS = 5
const LOCKED = 405

/** What is locked on a connection: the server lets one and the same connection lock twice. */
const queues = new WeakMap<Channels, Map<string, Promise<unknown>>>()

/**
 * Does something while no other process does the same. The lock is a queue that only the connection that has it may touch, and that goes with
 * that connection.
 * @param patienceMs how long to wait for whoever has it.
 * @returns `undefined` where it could not be had in that time.
 */
export async function whileLocked<Result>(
  channels: Channels,
  name: string,
  { clock, patienceMs }: { readonly clock: Clock; readonly patienceMs: number },
  work: () => Promise<Result>,
): Promise<{ readonly result: Result } | undefined> {
  return await inTurn(channels, name, async () => {
    const until = clock.monotonic() + patienceMs
    while (!(await tryLock(channels, name))) {
      if (clock.monotonic() > until) return undefined
      await sleep(clock, PAUSE_MS * (0.5 + Math.random()))
    }
    try {
      return { result: await work() }
    } finally {
      await channels.within((channel) => channel.deleteQueue(name)).catch(() => undefined)
    }
  })
}

async function tryLock(channels: Channels, name: string): Promise<boolean> {
  try {
    await channels.within((channel) =>
      channel.assertQueue(name, { exclusive: true, durable: false, autoDelete: true }),
    )
    return true
  } catch (error) {
    if (codeOf(error) === LOCKED) return false
    throw error
  }
}

async function inTurn<Result>(
  channels: Channels,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  let waiting = queues.get(channels)
  if (waiting === undefined) {
    waiting = new Map()
    queues.set(channels, waiting)
  }
  const mine = (waiting.get(name) ?? Promise.resolve()).then(work, work)
  waiting.set(name, mine)
  try {
    return await mine
  } finally {
    if (waiting.get(name) === mine) waiting.delete(name)
  }
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
