import type { NewTask, WriteCall } from '@tasq/core/driver'
import { StoreError } from '@tasq/core/driver'
import { type Mutant, quietly } from './mutant.ts'
import { isRepeat, sharing } from './sharing.ts'

/** Drivers that store something else than they are given. */
function storing(change: (task: NewTask) => NewTask) {
  return sharing(({ write }) => ({
    write: (call) => write({ ...call, tasks: call.tasks?.map(change) }),
  }))
}

function withoutTasks(call: WriteCall): WriteCall {
  return { ...call, tasks: [] }
}

const red = ['shared records']

/** The tasks that are stored with a write of shared records. */
export const writingTasksMutants: readonly Mutant[] = [
  {
    name: 'tasks of a write that are stored without their times',
    red,
    makeDriver: storing(({ envelope }) => ({
      envelope,
      delayMs: undefined,
      dueAt: undefined,
      expiresInMs: undefined,
      expiresAt: undefined,
    })),
  },
  {
    name: 'tasks of a write that are stored without their headers',
    red,
    makeDriver: storing((task) => ({ ...task, envelope: { ...task.envelope, headers: undefined } })),
  },
  {
    name: 'tasks of a write whose unique keys nobody looks at',
    red,
    makeDriver: storing((task) => ({ ...task, envelope: { ...task.envelope, unique: undefined } })),
  },
  {
    name: 'tasks of a write that fail it where their id or key is held',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        const { tasks = [] } = call
        const isNew = !isRepeat(store, call)
        const before = store.live.size
        const answer = await write(call)
        if (answer === 'conflict' || !isNew || store.live.size === before + tasks.length) return answer
        throw new StoreError('TASQ_STORE_FAILED', 'A key is held.', { nextStep: 'None.' })
      },
    })),
  },
  {
    name: 'tasks of a write that are stored before its conditions are looked at',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        if (!isRepeat(store, call)) store.insertAll(call.tasks ?? [])
        return await write(withoutTasks(call))
      },
    })),
  },
  {
    name: 'tasks of a write that a repeat stores again',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        if (isRepeat(store, call)) store.insertAll(call.tasks ?? [])
        return await write(call)
      },
    })),
  },
  {
    name: 'tasks of a write that wake nobody',
    red,
    makeDriver: sharing(({ write }, store) => ({ write: (call) => quietly(store, () => write(call)) })),
  },
]
