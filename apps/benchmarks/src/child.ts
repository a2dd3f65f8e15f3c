import { clockMs, cpuMs } from './clock.ts'
import { compareKeys } from './keys.ts'
import type { ChildCall, ChildMessage, ChildResult, KeysRole, Role } from './role.ts'
import { soak } from './soaking.ts'
import { findSubject } from './subjects/index.ts'
import { type Payload, payloadOf, payloads, type Session, type Working } from './subjects/subject.ts'
import { ExactlyOnce } from './workloads/exactly-once.ts'

// What runs in a process of its own: one subject in one role. It says when it is ready, begins when it is told to, and ends with
// what it measured.

/** This share of the tasks goes before the measurement, so that it is of a program that has been at work for a while. */
const WARM_UP = 0.1
const PROGRESS_MS = 20
const LAST_WRITES_MS = 5_000

const call: ChildCall = JSON.parse(process.argv[2] ?? '')
const subject = await findSubject(call.backend, call.subject)
const session = await subject.open(call.place, call.features)
const result = await play(session, call.role)
await session.close()
send({ kind: 'result', result }, () => process.disconnect())
setTimeout(() => process.exit(), 2_000).unref() // whatever a subject keeps open

async function play(session: Session, role: Role): Promise<ChildResult> {
  switch (role.kind) {
    case 'enqueue':
      return await enqueue(session, role.tasks, role.inFlight)
    case 'enqueueMany':
      return await enqueueMany(session, role.tasks, role.batch, role.extraBytes)
    case 'drain':
      return await drain(session, role)
    case 'pickup':
      return await pickup(session, role.tasks)
    case 'produce':
      return await produce(session, role.tasks, role.everyMs)
    case 'idle':
      return await idle(session, role.seconds)
    case 'soak':
      return await soak(session, role, ready)
    case 'keys':
      return await keys(session, role)
    case 'count':
      return await count(session)
  }
}

async function enqueue(session: Session, tasks: number, inFlight: number): Promise<ChildResult> {
  const all = payloads(tasks)
  const producers = async (from: number, to: number) => {
    let next = from
    const producer = async () => {
      while (next < to) await session.enqueue(all[next++] as Payload)
    }
    await Promise.all(Array.from({ length: inFlight }, producer))
  }
  const warm = Math.floor(tasks * WARM_UP)
  await ready()
  await producers(0, warm)
  return await measured(session, tasks - warm, () => producers(warm, tasks))
}

async function enqueueMany(
  session: Session,
  tasks: number,
  batch: number,
  extraBytes: number,
): Promise<ChildResult> {
  const all = payloads(tasks, extraBytes)
  const store = async (from: number, to: number) => {
    for (let start = from; start < to; start += batch) {
      await session.enqueueMany(all.slice(start, Math.min(start + batch, to)))
    }
  }
  const warm = Math.floor(tasks * WARM_UP)
  await ready()
  await store(0, warm)
  return await measured(session, tasks - warm, () => store(warm, tasks))
}

async function drain(session: Session, role: Extract<Role, { kind: 'drain' }>): Promise<ChildResult> {
  for (let start = 0; start < role.fill; start += 1_000) {
    const count = Math.min(1_000, role.fill - start)
    await session.enqueueMany(Array.from({ length: count }, (_, index) => payloadOf(start + index)))
  }
  globalThis.gc?.() // what the preparation has left is not of the work
  const once = new ExactlyOnce(role.tasks)
  const handler = async ({ index }: Payload) => {
    if (role.handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, role.handlerMs))
    once.ran(index)
  }
  await ready()
  const working = await session.work(role.concurrency, handler)
  if (!role.isAlone) return await shareOf(session, working, once)
  const warm = Math.floor(role.drained * WARM_UP)
  await once.reached(warm)
  const [start, cpu] = [clockMs(), cpuMs()]
  await once.reached(role.drained)
  const [seconds, used] = [(clockMs() - start) / 1_000, cpuMs() - cpu]
  const rssMb = process.memoryUsage.rss() / 1_048_576
  if (role.drained === role.tasks) await untilEmpty(session)
  await working.stop()
  const left = await session.left()
  return { tasks: role.drained - warm, seconds, cpuMs: used, rssMb, runs: once.toText(), left }
}

/** Some queues can't be stopped well while they still write what the last tasks came to. */
async function untilEmpty(session: Session): Promise<void> {
  const until = clockMs() + LAST_WRITES_MS
  while ((await session.left()) > 0 && clockMs() < until) {
    await new Promise((resolve) => setTimeout(resolve, PROGRESS_MS))
  }
}

/** One of several workers: it tells how far it is, and works until it is told that all is done. */
async function shareOf(session: Session, working: Working, once: ExactlyOnce): Promise<ChildResult> {
  const cpu = cpuMs()
  const telling = setInterval(() => send({ kind: 'progress', ran: once.total }), PROGRESS_MS)
  await new Promise((resolve) => process.once('message', resolve))
  clearInterval(telling)
  const used = cpuMs() - cpu
  await working.stop()
  const rssMb = process.memoryUsage.rss() / 1_048_576
  return {
    tasks: once.total,
    seconds: 0,
    cpuMs: used,
    rssMb,
    runs: once.toText(),
    left: await session.left(),
  }
}

async function pickup(session: Session, tasks: number): Promise<ChildResult> {
  const latencies: number[] = []
  const once = new ExactlyOnce(tasks)
  const working = await session.work(10, async ({ index, sentAt = 0 }) => {
    latencies.push(clockMs() - sentAt)
    once.ran(index)
  })
  await new Promise((resolve) => setTimeout(resolve, 1_000)) // until it is idle
  await ready()
  const measuredCpu = cpuMs()
  await once.reached(tasks)
  const used = cpuMs() - measuredCpu
  await working.stop()
  latencies.sort((a, b) => a - b)
  return {
    tasks,
    seconds: 0,
    cpuMs: used,
    rssMb: 0,
    runs: once.toText(),
    left: await session.left(),
    latencies,
  }
}

async function produce(session: Session, tasks: number, everyMs: number): Promise<ChildResult> {
  await ready()
  for (let index = 0; index < tasks; index++) {
    // Not in step with anybody's polls.
    await new Promise((resolve) => setTimeout(resolve, everyMs * (0.5 + Math.random())))
    await session.enqueue({ ...payloadOf(index), sentAt: clockMs() })
  }
  return { tasks, seconds: 0, cpuMs: 0, rssMb: 0, left: 0 }
}

async function idle(session: Session, seconds: number): Promise<ChildResult> {
  const working = await session.work(10, async () => {})
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  await ready()
  const cpu = cpuMs()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  const used = cpuMs() - cpu
  await working.stop()
  return { tasks: 0, seconds, cpuMs: used, rssMb: 0, left: await session.left() }
}

async function keys(session: Session, role: KeysRole): Promise<ChildResult> {
  const other = await subject.open(role.elsewhere, call.features)
  try {
    return await compareKeys(session, other, role, ready)
  } finally {
    await other.close()
  }
}

async function count(session: Session): Promise<ChildResult> {
  await ready()
  return { tasks: 0, seconds: 0, cpuMs: 0, rssMb: 0, left: await session.left() }
}

async function measured(session: Session, tasks: number, work: () => Promise<void>): Promise<ChildResult> {
  const [start, cpu] = [clockMs(), cpuMs()]
  await work()
  const [seconds, used] = [(clockMs() - start) / 1_000, cpuMs() - cpu]
  return { tasks, seconds, cpuMs: used, rssMb: 0, left: await session.left() }
}

/** Says so, and waits to be told to begin. */
async function ready(): Promise<void> {
  const begin = new Promise((resolve) => process.once('message', resolve))
  send({ kind: 'ready' })
  await begin
}

/** @param sent is called when a message, however long, is on its way. */
function send(message: ChildMessage, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent)
}
