import type { Coordination } from '@tasq/core/driver'
import type { ConnectionOptions } from '../../src/conformance.ts'
import { type Mutant, replacing } from './mutant.ts'

const red = ['schedules']

function coordinating(change: (sound: Coordination, options: ConnectionOptions) => Partial<Coordination>) {
  return replacing(({ coordination }, _, options) => ({
    coordination: { ...coordination, ...change(coordination, options) },
  }))
}

/** What shared records must not do where schedules are kept in them. */
export const schedulingMutants: readonly Mutant[] = [
  {
    name: 'a schedule is written whatever it has become meanwhile',
    red,
    makeDriver: coordinating(({ write }) => ({
      write: async ({ writes, ...call }) =>
        await write({ ...call, writes: writes.map((each) => ({ ...each, ifVersion: undefined })) }),
    })),
  },
  {
    name: 'the task of a tick is not stored',
    red,
    makeDriver: coordinating(({ write }) => ({
      write: async ({ writes, scope }) => await write({ writes, scope }),
    })),
  },
  {
    name: 'a pause is not stored',
    red,
    makeDriver: coordinating(({ write }) => ({
      write: async (call) =>
        call.writes[0]?.value?.includes('"paused":true') ? 'written' : await write(call),
    })),
  },
  {
    name: 'the time of a reading is the process’s',
    red,
    makeDriver: coordinating(({ read }, { clockSkewMs = 0 }) => ({
      read: async (...call) => {
        const { records, now } = await read(...call)
        return { records, now: now + clockSkewMs }
      },
    })),
  },
]
