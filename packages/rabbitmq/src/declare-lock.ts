import { type Clock, sleep } from '@tasq/core/driver'
import type { Channel } from 'amqplib'
import type { Channels } from './channels.ts'

/** Whoever holds it needs some milliseconds; one that hangs must not stop the others for ever. */
const PATIENCE_MS = 5_000
const PAUSE_MS = 5
const LOCKED = 405

/**
 * Declares while no other process does the same. The server answers the second of two that declare one quorum queue at the same time before
 * that queue has started, and closes its whole connection when it then wants to consume.
 */
export async function declareAlone(
  channels: Channels,
  lock: string,
  clock: Clock,
  declare: (channel: Channel) => Promise<void>,
): Promise<void> {
  const until = clock.monotonic() + PATIENCE_MS
  while (!(await tryDeclare(channels, lock, declare))) {
    if (clock.monotonic() > until) return await channels.within(declare)
    await sleep(clock, PAUSE_MS * (0.5 + Math.random()))
  }
}

/** The lock is a queue that only the connection that has it may touch; it goes with that connection. */
async function tryDeclare(
  channels: Channels,
  lock: string,
  declare: (channel: Channel) => Promise<void>,
): Promise<boolean> {
  let isMine = false
  try {
    await channels.within(async (channel) => {
      await channel.assertQueue(lock, { exclusive: true, durable: false, autoDelete: true })
      isMine = true
      try {
        await declare(channel)
      } finally {
        await unlock(channels, lock)
      }
    })
    return true
  } catch (error) {
    if (!isMine && codeOf(error) === LOCKED) return false
    throw error
  }
}

/** On a channel of its own, since the other one may be closed. */
async function unlock(channels: Channels, lock: string): Promise<void> {
  await channels.within((channel) => channel.deleteQueue(lock)).catch(() => undefined)
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
