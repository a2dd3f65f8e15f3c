import type { Finding } from '../journal.ts'
import type { TaskPlan } from '../plan.ts'
import type { Check } from '../story.ts'

/** For plans in which nothing comes between: what a task comes to follows from its script, and so does how often it is called. */
export const scriptedEnds: Check = ({ journal, findings }) =>
  [...journal.tasks.values()].flatMap(({ id, plan }) => {
    const expected = endOf(plan)
    const found = findings.get(id)
    const calls = journal.callsOf(id).length
    const isRight =
      found?.state === expected.state && found.reason === expected.reason && calls === expected.calls
    if (isRight) return []
    const told = `${found?.state} ${found?.reason ?? ''} after ${calls} calls`
    return [`${id} is ${told}, not ${expected.state} ${expected.reason ?? ''} after ${expected.calls}`]
  })

function endOf({
  script,
  maxAttempts,
}: TaskPlan): Pick<Finding, 'state' | 'reason'> & { readonly calls: number } {
  let attempts = 0
  for (const [index, { ends }] of script.entries()) {
    const calls = index + 1
    if (ends === 'succeed') return { state: 'completed', calls }
    if (ends === 'discard') return { state: 'cancelled', calls }
    if (ends === 'permanent') return { state: 'dead', reason: 'permanent', calls }
    if (ends === 'fail' && ++attempts === maxAttempts) return { state: 'dead', reason: 'exhausted', calls }
  }
  return { state: 'completed', calls: script.length + 1 }
}
