import type { Call, StoredTask } from '../journal.ts'

/** What a call of a handler may have come to, in the eyes of the engine. */
export type Effect = 'completed' | 'failed' | 'permanent' | 'cancelled' | 'released' | 'lost'

/**
 * By how the handler ended, and by what its signal had told it until then: the rules of the engine, as a table. More than one where it
 * depends on whether the handler ended within its grace.
 */
export function effectsOf(call: Call): readonly Effect[] {
  const { end, endedAt } = call
  if (endedAt === undefined) return effectsOfKilled(call)
  const cause = call.causeAtEnd
  if (cause === 'lost') return ['lost']
  if (cause === 'timeout') return ['failed']
  if (cause === 'cancelled') return end === 'succeed' ? ['completed', 'cancelled'] : ['cancelled']
  const own = ownEffect(end)
  if (cause === 'stopping') return own === 'failed' ? ['released'] : [own, 'released']
  return [own]
}

/** Its process died while it ran: after its grace, perhaps, when the engine no longer waited for it. */
function effectsOfKilled({ cause }: Call): readonly Effect[] {
  if (cause === 'timeout') return ['lost', 'failed']
  if (cause === 'cancelled') return ['lost', 'cancelled']
  return cause === 'stopping' ? ['lost', 'released'] : ['lost']
}

function ownEffect(end: Call['end']): Effect {
  switch (end) {
    case 'succeed':
      return 'completed'
    case 'permanent':
      return 'permanent'
    case 'discard':
      return 'cancelled'
    case 'snooze':
    case 'rateLimit':
      return 'released'
    default:
      return 'failed'
  }
}

/** The same, where somebody may have cancelled the task meanwhile, or the backend may not have heard of it. */
export function possibleEffects(call: Call, task: StoredTask, isSure: boolean): readonly Effect[] {
  const effects = [...effectsOf(call)]
  const isMarked = task.cancels.some(({ answer }) => answer === 'requested')
  if (isMarked && effects.some((effect) => effect === 'failed' || effect === 'released' || effect === 'lost'))
    effects.push('cancelled')
  if (!isSure) effects.push('lost')
  return effects
}

/** How many attempts an effect uses up. */
export function attemptsUsed(effect: Effect): number {
  return effect === 'released' ? 0 : 1
}
