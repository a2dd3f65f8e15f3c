import { encodeLetter, encodeTask, type LetterFields, letterOf } from '@tasq/broker-kernel'
import type { Bury } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { AT_ONCE } from './delays.ts'
import type { Held } from './leases.ts'
import { bytesOfText, fifoIds, type Outgoing, outgoing } from './messages.ts'
import { fits, shorterHistories, shortFailure } from './sizes.ts'

/** The message of a dead letter: the task's own, byte for byte, after why it died, as far as that fits. */
export function buried({ options, clock, isFifo }: Backend, held: Held, burial: Bury): Outgoing {
  const { id, token } = burial.lease
  const now = Math.round(clock.now())
  const full = letterOf(burial, now)
  // SQS keeps it no longer.
  const keptUntil = Math.min(full.keptUntil, now + options.retentionSeconds * 1_000)
  const notes = { id, reason: burial.reason }
  const fifo = isFifo ? fifoIds(id, `${id}.${token}`) : undefined
  let body: Buffer | undefined
  for (const [fields, task] of forms({ ...full, keptUntil }, held)) {
    body = encodeLetter(fields, task())
    if (fits(body, notes, options.maxMessageBytes)) break
  }
  return outgoing(body ?? Buffer.alloc(0), notes, AT_ONCE, fifo)
}

/** Ever shorter forms of a letter. The history stands in the letter, so the task need not have it too. */
function forms(
  full: LetterFields,
  { message, read }: Held,
): readonly (readonly [LetterFields, () => Uint8Array])[] {
  const asReceived = () => bytesOfText(message.body)
  const { stored } = read
  const bare = stored === undefined ? asReceived : () => encodeTask({ ...stored, history: undefined })
  const histories = [full.history, ...shorterHistories(full.history)]
  const short = full.failure === undefined ? undefined : shortFailure(full.failure)
  return [
    [full, asReceived],
    ...histories.map((history) => [{ ...full, history }, bare] as const),
    [{ ...full, history: histories.at(-1), failure: short }, bare],
    [{ ...full, history: undefined, failure: undefined }, bare],
  ]
}
