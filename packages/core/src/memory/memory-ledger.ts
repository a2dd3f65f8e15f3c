import type { Envelope, TaskRef } from '../contract/envelope.ts'
import { type Admission, type AdmitCall, GIVES_WAY, type Ledger } from '../contract/facets/ledger.ts'
import type { MemoryStore } from './memory-store.ts'
import type { LiveTask } from './memory-task.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryLedger(open: () => MemoryStore): Ledger {
  return {
    admit: async ({ token, tasks }: AdmitCall) => {
      const store = open()
      return tasks.map((envelope) => admit(store, envelope, token))
    },
  }
}

function admit(store: MemoryStore, envelope: Envelope, token: string): Admission {
  const now = store.clock.now()
  const live = store.findLive(envelope)
  if (live === undefined) {
    const end = endOf(store, envelope, now)
    if (end !== undefined) return end
  }
  const task = live ?? stored(store, envelope)
  const isHandedOn = task.state === 'active' && task.token?.startsWith(GIVES_WAY) === true
  if (task.state === 'active') {
    if (task.token === token) return { status: 'admitted', attempt: task.attempts }
    if (task.leaseUntil > now && !isHandedOn) return { status: 'held', forMs: task.leaseUntil - now }
  }
  store.queue(envelope.queue).forget(task)
  store.active.add(task)
  task.state = 'active'
  task.token = token
  if (!isHandedOn) task.attempts++
  task.leaseUntil = now + task.envelope.leaseMs
  return { status: 'admitted', attempt: task.attempts }
}

/** What a task that does not live has come to, where that is known. */
function endOf(store: MemoryStore, ref: TaskRef, now: number): Admission | undefined {
  if (store.findFinished(ref) !== undefined) return { status: 'finished' }
  const letter = store.findDead(ref)
  if (letter === undefined) return undefined
  const { reason, failure, attempts, keptUntil } = letter
  return { status: 'dead', reason, failure, attempts, keepMs: Math.max(0, keptUntil - now) }
}

function stored(store: MemoryStore, envelope: Envelope): LiveTask {
  const times = { delayMs: undefined, dueAt: undefined, expiresInMs: undefined, expiresAt: undefined }
  store.insert({ envelope: { ...envelope, unique: undefined }, ...times })
  const task = store.findLive(envelope)
  if (task === undefined) throw new Error(`a task of another queue has the id ${envelope.id}`)
  return task
}
