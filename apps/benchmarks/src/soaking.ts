import { clockMs, cpuMs } from './clock.ts'
import type { ChildResult, HeapSample, SoakRole } from './role.ts'
import { payloadOf, type Session } from './subjects/subject.ts'
import { ExactlyOnceRing } from './workloads/exactly-once-ring.ts'

// A producer and a worker on one queue in one process, so that what either of them keeps shows in one heap.

/** Places of the ring for each task that may be outstanding, as they do not run in the order of their numbers. */
const PLACES = 4
const LOOK_MS = 5
const LAST_TASKS_MS = 30_000

export async function soak(
  session: Session,
  role: SoakRole,
  ready: () => Promise<void>,
): Promise<ChildResult> {
  const once = new ExactlyOnceRing(role.mostOutstanding * PLACES)
  const failure: { error?: unknown } = {}
  await ready()
  const working = await session.work(role.concurrency, async ({ index }) => {
    try {
      once.run(index)
    } catch (error) {
      failure.error ??= error // a queue would try it again
    }
  })
  const [start, cpu] = [clockMs(), cpuMs()]
  const isOver = () => clockMs() - start > role.seconds * 1_000 || failure.error !== undefined
  const producers = Array.from({ length: role.inFlight }, () => produce(session, once, role, isOver))
  const samples = await sampled(start, role, isOver)
  const [seconds, used, tasks] = [(clockMs() - start) / 1_000, cpuMs() - cpu, once.ran]
  await Promise.all(producers)
  await untilAllRan(session, once)
  await working.stop()
  if (failure.error !== undefined) throw failure.error
  if (once.outstanding > 0) throw new Error(`${once.outstanding} tasks did not run: no figure`)
  const rssMb = process.memoryUsage.rss() / 1_048_576
  return { tasks, seconds, cpuMs: used, rssMb, left: await session.left(), samples }
}

async function produce(
  session: Session,
  once: ExactlyOnceRing,
  { mostOutstanding }: SoakRole,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    if (once.outstanding < mostOutstanding && once.hasPlace) await session.enqueue(payloadOf(once.send()))
    else await sleep(LOOK_MS)
  }
}

/** The heap after a collection, at once and then each so many seconds. */
async function sampled(start: number, role: SoakRole, isOver: () => boolean): Promise<readonly HeapSample[]> {
  const samples: HeapSample[] = []
  for (let next = 0; !isOver(); next += role.sampleSeconds) {
    while ((clockMs() - start) / 1_000 < next && !isOver()) await sleep(LOOK_MS)
    globalThis.gc?.()
    samples.push({ seconds: (clockMs() - start) / 1_000, kb: process.memoryUsage().heapUsed / 1_024 })
  }
  return samples
}

/** And until what they came to is written, which some can't do any more once they are stopped. */
async function untilAllRan(session: Session, once: ExactlyOnceRing): Promise<void> {
  const until = clockMs() + LAST_TASKS_MS
  while (clockMs() < until && (once.outstanding > 0 || (await session.left()) > 0)) await sleep(LOOK_MS)
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
