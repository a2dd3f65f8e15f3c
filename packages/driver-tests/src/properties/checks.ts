import { attempts } from './checks/attempts.ts'
import { cancels } from './checks/cancels.ts'
import { counting } from './checks/counting.ts'
import { endings } from './checks/endings.ts'
import { expiries } from './checks/expiries.ts'
import { followUps } from './checks/follow-ups.ts'
import { limits } from './checks/limits.ts'
import { overlaps } from './checks/overlaps.ts'
import { pauses } from './checks/pauses.ts'
import { schedules } from './checks/schedules.ts'
import { uniqueKeys } from './checks/unique-keys.ts'
import type { Check, Story } from './story.ts'

/** What must hold for whatever plan. */
const CHECKS: readonly Check[] = [
  endings,
  attempts,
  overlaps,
  uniqueKeys,
  pauses,
  limits,
  expiries,
  cancels,
  schedules,
  followUps,
  counting,
]

/** Gives all that is wrong with what a plan came to, in words, or nothing. */
export function problemsOf(story: Story, further: readonly Check[] = []): readonly string[] {
  return [...story.journal.problems, ...[...CHECKS, ...further].flatMap((check) => check(story))]
}
