import { describe, expect, test } from 'vitest'
import { flagsOf, trialOf } from './support/flags.ts'
import { titled } from './support/promised-flags.ts'
import { userFolder } from './support/user-folder.ts'
import { amountTrials } from './worker-trials/amounts.ts'
import { backendTrials } from './worker-trials/backends.ts'
import { childTrials } from './worker-trials/children.ts'
import { endingTrials } from './worker-trials/endings.ts'
import { keepingTrials } from './worker-trials/keeping.ts'
import { presenceTrials } from './worker-trials/presence.ts'
import { processTrials } from './worker-trials/processes.ts'
import { queueTrials } from './worker-trials/queues.ts'

const trials = {
  ...queueTrials,
  ...amountTrials,
  ...endingTrials,
  ...keepingTrials,
  ...childTrials,
  ...processTrials,
  ...presenceTrials,
}

/** Those that are not tried in worker-backends.test.ts. */
const flags = flagsOf('worker').filter((flag) => !(flag in backendTrials))

describe('what tasq worker does', () => {
  test.each(titled('worker', flags))('%s', async (_, flag) => {
    await trialOf(trials, flag)(userFolder())
  })

  test('every trial is of an option that exists', () => {
    expect(Object.keys(trials).filter((flag) => !flags.includes(flag))).toEqual([])
  })
})
