import type { StoredTask } from '../journal.ts'
import type { Check, Story } from '../story.ts'
import { possibleEffects } from './effects.ts'

/** What is to follow is there where the call that wanted it has completed its task, and only there. */
export const followUps: Check = (story) =>
  [...story.journal.tasks.values()].flatMap((task) => {
    const wanted = new Set(story.journal.callsOf(task.id).flatMap((call) => call.followUps))
    return [...wanted].flatMap((id) => {
      const problem = problemOf(story, task, id)
      return problem === undefined ? [] : [`${id} ${problem}`]
    })
  })

function problemOf({ journal }: Story, task: StoredTask, id: string): string | undefined {
  const isSure = journal.isSure(task.id)
  const effects = journal
    .callsOf(task.id)
    .filter((call) => call.followUps.includes(id))
    .map((call) => possibleEffects(call, task, isSure))
  const isStored = journal.tasks.has(id)
  const mayBe = effects.some((each) => each.includes('completed'))
  const mustBe = effects.some((each) => each.every((effect) => effect === 'completed'))
  if (isStored && !mayBe)
    return `was stored, although ${task.id} was not completed by the call that wanted it`
  return !isStored && mustBe ? `was not stored, although ${task.id} is completed` : undefined
}
