import type { Inspection, NewTask } from '@tasq/core/driver'
import type { MemoryDriver, MemoryStore } from '@tasq/core/memory'
import { type LiveTask, type Mutant, quietly, replacing } from './mutant.ts'

type Replace = Inspection['replace']

/** Drivers that put a task in the place of another in another way. */
function putting(change: (replace: Replace, store: MemoryStore, driver: MemoryDriver) => Replace) {
  return replacing((driver, store) => ({
    inspection: { ...driver.inspection, replace: change(driver.inspection.replace, store, driver) },
  }))
}

/** Something of the old task stays as it was. */
function keeping(keep: (old: LiveTask, next: LiveTask) => Partial<LiveTask>) {
  return putting((replace, store) => async (ref, task) => {
    const old = store.findLive(ref)
    const answer = await replace(ref, task)
    const next = store.findLive(ref)
    if (answer === 'changed' && old !== undefined && next !== undefined) Object.assign(next, keep(old, next))
    return answer
  })
}

/** A task that runs is replaced as if it waited. */
function replaceRunning(store: MemoryStore, running: LiveTask, task: NewTask): 'changed' {
  store.active.delete(running)
  store.replace(running, task)
  return 'changed'
}

const red = ['changing tasks']

/** Tasks that take the place of others. */
export const replacingTasksMutants: readonly Mutant[] = [
  {
    name: 'a replacement of what runs',
    red,
    makeDriver: putting((replace, store) => async (ref, task) => {
      const found = store.findLive(ref)
      return found?.state === 'active' ? replaceRunning(store, found, task) : await replace(ref, task)
    }),
  },
  {
    name: 'a replacement that looks first and acts then',
    red,
    makeDriver: putting((replace, store) => async (ref, task) => {
      const waited = store.findLive(ref)?.state !== 'active'
      await Promise.resolve()
      const found = store.findLive(ref)
      const isOverrun = waited && found?.state === 'active'
      return isOverrun ? replaceRunning(store, found, task) : await replace(ref, task)
    }),
  },
  {
    name: 'a replacement of what is not there',
    red,
    makeDriver: putting((replace, store) => async (ref, task) => {
      const answer = await replace(ref, task)
      if (answer !== 'finished' && answer !== 'unknown') return answer
      store.insertAll([{ ...task, envelope: { ...task.envelope, ...ref } }])
      return 'changed'
    }),
  },
  {
    name: 'a replacement that goes on counting attempts',
    red,
    makeDriver: keeping(({ attempts }) => ({ attempts })),
  },
  {
    name: 'a replacement that keeps the history',
    red,
    makeDriver: keeping(({ history }) => ({ history })),
  },
  {
    name: 'a replacement of the payload only',
    red,
    makeDriver: keeping((old, { envelope: { payload } }) => ({ envelope: { ...old.envelope, payload } })),
  },
  {
    name: 'a replacement without times',
    red,
    makeDriver: putting(
      (replace) =>
        (ref, { envelope }) =>
          replace(ref, {
            envelope,
            delayMs: undefined,
            dueAt: undefined,
            expiresInMs: undefined,
            expiresAt: undefined,
          }),
    ),
  },
  {
    name: 'a replacement that expires when the old task would have',
    red,
    makeDriver: keeping(({ expiresAt }) => ({ expiresAt })),
  },
  {
    name: 'a replacement that waits as long as the old task would have',
    red,
    makeDriver: putting((replace, store, { inspection }) => async (ref, task) => {
      const dueAt = store.findLive(ref)?.readyAt ?? 0
      const answer = await replace(ref, task)
      if (answer === 'changed') await inspection.reschedule(ref, { dueAt })
      return answer
    }),
  },
  {
    name: 'a replacement under its own id',
    red,
    makeDriver: putting((replace, store, { inspection }) => async (ref, task) => {
      const state = store.findLive(ref)?.state
      if (state === undefined || state === 'active') return await replace(ref, task)
      await inspection.remove(ref)
      store.insertAll([task])
      return 'changed'
    }),
  },
  {
    name: 'a replacement that lets go of the unique key',
    red,
    makeDriver: putting((replace, store, { inspection }) => async (ref, task) => {
      const state = store.findLive(ref)?.state
      if (state === undefined || state === 'active') return await replace(ref, task)
      await inspection.remove(ref)
      store.insertAll([{ ...task, envelope: { ...task.envelope, ...ref } }])
      return 'changed'
    }),
  },
  {
    name: 'a replacement that wakes nobody',
    red,
    makeDriver: putting((replace, store) => (ref, task) => quietly(store, () => replace(ref, task))),
  },
]
