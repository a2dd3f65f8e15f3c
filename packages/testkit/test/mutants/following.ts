import type { Complete, NewTask, SettleAnswer, Settlement } from '@tasq/core/driver'
import { StoreError } from '@tasq/core/driver'
import type { MemoryStore } from '@tasq/core/memory'
import { type Mutant, quietly, replacing } from './mutant.ts'

function followUpsOf(settlement: Settlement | undefined): readonly NewTask[] {
  return settlement?.kind === 'complete' ? (settlement.followUps ?? []) : []
}

/** Drivers that store other tasks than they are given. */
function storing(
  change: (followUps: readonly NewTask[], completion: Complete, index: number) => readonly NewTask[],
) {
  return replacing((driver) => ({
    settle: (settlements) =>
      driver.settle(
        settlements.map((each, index) =>
          each.kind === 'complete' ? { ...each, followUps: change(followUpsOf(each), each, index) } : each,
        ),
      ),
  }))
}

function storingEach(change: (task: NewTask, completion: Complete) => NewTask) {
  return storing((followUps, completion) => followUps.map((task) => change(task, completion)))
}

/** Drivers that do something with the tasks of each settlement, once it has its answer. */
function after(
  act: (followUps: readonly NewTask[], answer: SettleAnswer, wasHeld: boolean, store: MemoryStore) => void,
) {
  return replacing((driver, store) => ({
    settle: async (settlements) => {
      const wasHeld = settlements.map(({ lease }) => typeof store.holderOf(lease) !== 'string')
      const answers = await driver.settle(settlements)
      for (const [index, answer] of answers.entries()) {
        act(followUpsOf(settlements[index]), answer, wasHeld[index] === true, store)
      }
      return answers
    },
  }))
}

const red = ['follow-ups']

/** The tasks that come with a completion. */
export const followingMutants: readonly Mutant[] = [
  { name: 'only the first follow-up', red, makeDriver: storing((followUps) => followUps.slice(0, 1)) },
  {
    name: 'follow-ups that end with the first batch',
    red,
    makeDriver: storing((followUps) => followUps.slice(0, 20)),
  },
  {
    name: 'follow-ups of the first settlement only',
    red,
    makeDriver: storing((followUps, _, index) => (index === 0 ? followUps : [])),
  },
  {
    name: 'follow-ups without their times',
    red,
    makeDriver: storingEach(({ envelope }) => ({
      envelope,
      delayMs: undefined,
      dueAt: undefined,
      expiresInMs: undefined,
      expiresAt: undefined,
    })),
  },
  {
    name: 'follow-ups in the queue of the task that they follow',
    red,
    makeDriver: storingEach((task, { lease: { queue } }) => ({
      ...task,
      envelope: { ...task.envelope, queue },
    })),
  },
  {
    name: 'follow-ups without their priority',
    red,
    makeDriver: storingEach((task) => ({ ...task, envelope: { ...task.envelope, priority: 0 } })),
  },
  {
    name: 'follow-ups whose unique keys nobody looks at',
    red,
    makeDriver: storingEach((task) => ({ ...task, envelope: { ...task.envelope, unique: undefined } })),
  },
  {
    name: 'follow-ups of lost settlements',
    red,
    makeDriver: after((followUps, answer, _, store) => {
      if (answer === 'lost') store.insertAll(followUps)
    }),
  },
  {
    name: 'follow-ups that a repeated settlement stores again',
    red,
    makeDriver: after((followUps, answer, wasHeld, store) => {
      if (!wasHeld && answer !== 'lost') store.insertAll(followUps)
    }),
  },
  {
    name: 'follow-ups that fail their settlement where an id or a key is held',
    red,
    makeDriver: after((followUps, answer, wasHeld, store) => {
      const isStored = ({ envelope }: NewTask) => store.findLive(envelope)?.envelope === envelope
      if (!wasHeld || answer !== 'settled' || followUps.every(isStored)) return
      throw new StoreError('TASQ_STORE_FAILED', 'A key is held.', { nextStep: 'None.' })
    }),
  },
  {
    name: 'follow-ups that wake only their parent’s queue',
    red,
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        const answers = await quietly(store, () => driver.settle(settlements))
        for (const { lease } of settlements) store.wakeups.notify(lease.queue)
        return answers
      },
    })),
  },
]
