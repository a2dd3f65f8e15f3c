import type { Finding } from './finding.ts'
import type { Repository } from './repository.ts'

/** One thing that holds in the whole repository. */
export interface Rule {
  /** A sentence: what holds. */
  readonly name: string
  check(repository: Repository): Answer | Promise<Answer>
}

/** What breaks the rule, or why it can't be told here. */
export type Answer = readonly Finding[] | NotApplicable

export interface NotApplicable {
  readonly notApplicable: string
}
