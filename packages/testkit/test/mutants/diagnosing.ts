import type { Diagnostics } from '@tasq/core/driver'
import { type Mutant, replacing } from './mutant.ts'

function diagnosing(change: (diagnostics: Diagnostics) => Partial<Diagnostics>) {
  return replacing(({ diagnostics }) => ({ diagnostics: { ...diagnostics, ...change(diagnostics) } }))
}

const red = ['what a backend says of itself']

export const diagnosingMutants: readonly Mutant[] = [
  {
    name: 'a backend that complains of what is as it should be',
    makeDriver: diagnosing(({ check }) => ({
      check: async () => [
        ...(await check()),
        { subject: 'memory', check: 'age', status: 'warning', message: 'It is old.' },
      ],
    })),
    red,
  },
  {
    name: 'a backend that does not say whether it answers',
    makeDriver: diagnosing(({ check }) => ({
      check: async () => (await check()).filter((finding) => finding.check !== 'connectivity'),
    })),
    red,
  },
  {
    name: 'a backend that says something only while its driver is open',
    makeDriver: replacing((driver) => ({
      diagnostics: {
        check: async () => {
          await driver.deadLetters.count([])
          return await driver.diagnostics.check()
        },
      },
    })),
    red,
  },
  {
    name: 'a backend that takes tasks when it is looked at',
    makeDriver: replacing((driver) => ({
      diagnostics: {
        check: async () => {
          const queues = [{ name: 'work', max: 1 }]
          await driver.reserve({ callId: 'look', repeat: false, queues, max: 1, waitMs: 0 }).catch(() => [])
          return await driver.diagnostics.check()
        },
      },
    })),
    red,
  },
  {
    name: 'a backend that knows of no task whose worker is gone',
    makeDriver: diagnosing(({ check }) => ({
      check: async () => (await check()).filter(({ status }) => status !== 'warning'),
    })),
    red,
  },
]
