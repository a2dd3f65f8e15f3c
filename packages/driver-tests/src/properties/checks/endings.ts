import { keepsOutcome } from '../enqueuing.ts'
import type { Call, Finding, StoredTask } from '../journal.ts'
import type { Check, Story } from '../story.ts'
import { type Effect, possibleEffects } from './effects.ts'

/** Every task that was acknowledged is accounted for once, and its end is one that its last calls can have led to. */
export const endings: Check = (story) => {
  const { journal, findings } = story
  return [...journal.tasks.values()].flatMap((task) => {
    const finding = findings.get(task.id)
    if (finding === undefined) return []
    const problem = problemOf(story, task, finding)
    return problem === undefined ? [] : [`${task.id} is ${nameOf(finding)}: ${problem}`]
  })
}

function nameOf({ state, reason, attempts }: Finding): string {
  return reason === undefined ? state : `${state} (${reason}, ${attempts} attempts)`
}

function problemOf(story: Story, task: StoredTask, finding: Finding): string | undefined {
  const { journal } = story
  const calls = journal.livesOf(task).at(-1) ?? []
  switch (finding.state) {
    case 'ready':
    case 'active':
      return 'nothing was left to wait for'
    case 'scheduled':
      return waitingProblem(task, calls)
    case 'completed':
      return completedProblem(story, task, calls, finding)
    case 'cancelled':
      return isCancelled(story, task, calls) ? undefined : 'nobody cancelled it'
    case 'gone':
      return goneProblem(story, task, calls)
    case 'dead':
      return deadProblem(story, task, calls, finding)
  }
}

function waitingProblem({ plan, cancels }: StoredTask, calls: readonly Call[]): string | undefined {
  if (!plan.isFar || calls.length > 0) return 'it is not one that is due much later'
  return cancels.some(({ answer }) => answer === 'cancelled') ? 'it was cancelled' : undefined
}

function completedProblem(story: Story, task: StoredTask, calls: readonly Call[], { result }: Finding) {
  const completing = decisive(story, task, calls, 'completed')
  if (completing.length === 0) return 'no call of its handler can have completed it'
  if (result === undefined && !keepsOutcome(task.plan)) return 'its outcome was not to be kept'
  return completing.some((call) => call.result === result) ? undefined : `its result is ${String(result)}`
}

function goneProblem(story: Story, task: StoredTask, calls: readonly Call[]): string | undefined {
  if (keepsOutcome(task.plan)) return 'it is lost: its outcome was to be kept'
  if (decisive(story, task, calls, 'completed').length > 0 || isCancelled(story, task, calls))
    return undefined
  return 'it is lost: no call of its handler has ended it'
}

function deadProblem(story: Story, task: StoredTask, calls: readonly Call[], finding: Finding) {
  const { reason, attempts = 0 } = finding
  const { maxAttempts } = task.plan
  switch (reason) {
    case 'expired':
      return expiredProblem(task, calls, finding)
    case 'permanent':
      return decisive(story, task, calls, 'permanent').length > 0 ? undefined : 'no call was permanent'
    case 'exhausted':
    case 'lost': {
      const effect = reason === 'lost' ? 'lost' : 'failed'
      if (attempts !== maxAttempts) return `it may be tried ${maxAttempts} times`
      if (reason === 'lost') return story.journal.isSure(task.id) ? 'nothing was broken' : undefined
      const last = decisive(story, task, calls, effect).filter(({ attempt }) => attempt === maxAttempts)
      return last.length > 0 ? undefined : 'its last attempt did not fail'
    }
    default:
      return 'there is no cause for that'
  }
}

function expiredProblem({ plan, redrives }: StoredTask, calls: readonly Call[], { finishedAt = 0 }: Finding) {
  if (plan.expiresIn === undefined) return 'it does not expire'
  if (redrives.length > 0) return 'it came back from the dead, and does not expire any more'
  return calls.length > 0 || finishedAt === 0 ? 'it was started' : undefined
}

function isCancelled(story: Story, task: StoredTask, calls: readonly Call[]): boolean {
  const isAsked = task.cancels.some(({ answer }) => answer === 'cancelled' || answer === 'requested')
  return isAsked || decisive(story, task, calls, 'cancelled').length > 0
}

/** The calls that can have led to an end: where nothing was broken only the last one. */
function decisive(
  { journal }: Story,
  task: StoredTask,
  calls: readonly Call[],
  effect: Effect,
): readonly Call[] {
  const isSure = journal.isSure(task.id)
  const candidates = isSure ? calls.slice(-1) : calls
  return candidates.filter((call) => possibleEffects(call, task, isSure).includes(effect))
}
