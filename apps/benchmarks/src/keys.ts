import { clockMs, cpuMs } from './clock.ts'
import type { ChildResult, KeysRole, KeysSlice } from './role.ts'
import { type Payload, payloadOf, type Session } from './subjects/subject.ts'
import { ExactlyOnce } from './workloads/exactly-once.ts'

// Two backends alike, one with few unique keys and one with many, and the same calls on both, in turns: what disturbs the one disturbs the
// other, so that the ratio is of the keys.

/** As a share of all slices, before what counts. */
const WARM_UP = 0.1
const FILL_BATCH = 1_000

/** One of the two. */
class Side {
  readonly session: Session
  /** How many keys there are. */
  present = 0

  constructor(session: Session) {
    this.session = session
  }

  async fill(keys: number): Promise<void> {
    for (; this.present < keys; this.present += FILL_BATCH) {
      const count = Math.min(FILL_BATCH, keys - this.present)
      const batch = Array.from({ length: count }, (_, index) => payloadOf(this.present + index))
      await this.session.enqueueMany(batch)
    }
    this.present = keys
  }

  /** Tasks with new keys. Resolves to how long they took, in ms. */
  async addFresh(calls: number, inFlight: number): Promise<number> {
    const first = this.present
    this.present += calls
    return await this.#enqueue(calls, inFlight, (call) => payloadOf(first + call))
  }

  /** Tasks whose keys are there, from anywhere among them. Resolves to how long they took, in ms. */
  async repeat(calls: number, inFlight: number): Promise<number> {
    return await this.#enqueue(calls, inFlight, () => payloadOf(Math.floor(Math.random() * this.present)))
  }

  /** @throws Error where not every key has exactly one task. */
  async check(): Promise<void> {
    const left = await this.session.left()
    if (left !== this.present) throw new Error(`${left} tasks for ${this.present} keys: no figure`)
    const once = new ExactlyOnce(this.present)
    const working = await this.session.work(100, async ({ index }) => once.ran(index))
    await once.reached(this.present)
    await working.stop()
    once.check()
    const rest = await this.session.left()
    if (rest !== 0) throw new Error(`${rest} tasks are left: no figure`)
  }

  async #enqueue(calls: number, inFlight: number, payload: (call: number) => Payload): Promise<number> {
    let next = 0
    const producer = async () => {
      while (next < calls) await this.session.enqueue(payload(next++))
    }
    const start = clockMs()
    await Promise.all(Array.from({ length: inFlight }, producer))
    return clockMs() - start
  }
}

/** @param ready tells that both are filled, and waits to be told to go on. */
export async function compareKeys(
  few: Session,
  many: Session,
  role: KeysRole,
  ready: () => Promise<void>,
): Promise<ChildResult> {
  const sides = { few: new Side(few), many: new Side(many) }
  await sides.few.fill(role.few)
  await sides.many.fill(role.many)
  globalThis.gc?.()
  await ready()
  const all: KeysSlice[] = []
  const [start, cpu] = [clockMs(), cpuMs()]
  for (let index = 0; index < role.slices; index++) {
    // Who comes first has it colder, so they take turns.
    const order = index % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)
    const slice = { fresh: { few: 0, many: 0 }, repeated: { few: 0, many: 0 } }
    for (const side of order) slice.fresh[side] = await sides[side].addFresh(role.calls, role.inFlight)
    for (const side of order) slice.repeated[side] = await sides[side].repeat(role.calls, role.inFlight)
    all.push(slice)
  }
  const [seconds, used] = [(clockMs() - start) / 1_000, cpuMs() - cpu]
  await sides.few.check()
  await sides.many.check()
  const tasks = 4 * role.slices * role.calls
  const slices = all.slice(Math.floor(role.slices * WARM_UP))
  return { tasks, seconds, cpuMs: used, rssMb: 0, left: 0, slices }
}
