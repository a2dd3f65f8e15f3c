import { describe, expect, test } from 'vitest'
import { flagsOf, trialOf } from './support/flags.ts'
import { titled } from './support/promised-flags.ts'
import { userFolder } from './support/user-folder.ts'
import { backendTrials } from './worker-trials/backends.ts'

// The other flags are tried in worker-options.test.ts.
const flags = flagsOf('worker').filter((flag) => flag in backendTrials)

describe('where tasq worker finds its tasks, and what it tells', () => {
  test.each(titled('worker', flags))('%s', async (_, flag) => {
    await trialOf(backendTrials, flag)(userFolder())
  })

  test('every trial is of an option that exists', () => {
    expect(Object.keys(backendTrials).filter((flag) => !flags.includes(flag))).toEqual([])
  })
})
