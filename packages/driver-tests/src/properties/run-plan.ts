import type { Finding } from './journal.ts'
import { operate } from './operating.ts'
import { QUEUES, type QueueName } from './plan.ts'
import type { Counts, Story } from './story.ts'
import type { World } from './world.ts'

/** Runs the world's plan, lets everything settle, and gives all that there is to see of it. */
export async function runPlan(world: World): Promise<Story> {
  const { plan, journal, time } = world
  for (const queue of QUEUES) {
    const limit = plan.limits[queue]
    if (limit !== undefined) await world.limit(queue, limit)
  }
  await world.open()
  for (const operation of plan.operations) {
    journal.note(JSON.stringify(operation))
    await operate(world, operation)
  }
  const endedAt = time.clock.now()
  await mend(world)
  await settle(world)
  return await look(world, endedAt)
}

/** Nothing is broken, paused or limited any more, and somebody works. */
async function mend(world: World): Promise<void> {
  world.journal.note('now everything is mended, and all that can end must')
  world.producer.driver.faults.clear()
  for (const process of world.processes) if (!process.isKilled) process.driver.faults.clear()
  for (const queue of QUEUES) {
    await operate(world, { kind: 'removeSchedule', queue })
    await world.switchQueue('resume', queue)
    await world.limit(queue, {})
  }
  if (!world.processes.some(({ isWorking }) => isWorking)) await world.start(0)
}

/** Until all that can end has ended. */
async function settle(world: World): Promise<void> {
  const { time, scale, journal } = world
  const until = time.clock.monotonic() + scale.patienceMs
  while (!(await isSettled(world))) {
    if (time.clock.monotonic() > until) {
      journal.problems.push(`not all is settled after ${scale.patienceMs} ms`)
      return
    }
    await time.pass(5 * scale.beatMs)
  }
}

async function isSettled(world: World): Promise<boolean> {
  const { calls } = world.journal
  if (calls.some(({ endedAt, process }) => endedAt === undefined && !world.isKilled(process))) return false
  return world.lacks.includes('inspection') ? await hasAllOutcomes(world) : await isAllCounted(world)
}

async function isAllCounted(world: World): Promise<boolean> {
  let waiting = 0
  for (const queue of QUEUES) {
    const { ready, scheduled, active } = await world.until(world.operator.app.queue(queue).counts())
    if (ready > 0 || active !== 0) return false
    waiting += scheduled ?? 0
  }
  const far = [...world.journal.tasks.values()].filter(
    ({ plan, cancels }) => plan.isFar && !cancels.some(({ answer }) => answer === 'cancelled'),
  )
  return waiting <= far.length
}

/** For a backend that does not count what waits for its time. */
async function hasAllOutcomes(world: World): Promise<boolean> {
  const { journal, operator } = world
  for (const queue of QUEUES) {
    const { ready } = await world.until(operator.app.queue(queue).counts())
    if (ready > 0) return false
  }
  const near = [...journal.tasks.values()].filter(({ plan }) => !plan.isFar)
  const followUps = [...journal.followUps].map(([id, queue]) => ({ id, queue }))
  for (const ref of [...near, ...followUps]) {
    const found = await world.until(world.sight(operator, ref))
    if (found?.state === 'scheduled' || found?.state === 'active') return false
  }
  return true
}

async function look(world: World, endedAt: number): Promise<Story> {
  const { journal, plan, scale, operator, lacks } = world
  const see = (ref: { readonly id: string; readonly queue: QueueName }) =>
    world.until(world.sight(operator, ref))
  for (const [id, queue] of journal.followUps) {
    if ((await see({ id, queue })) !== undefined) journal.adoptFollowUp(id, endedAt)
  }
  const findings = new Map<string, Finding>()
  for (const { id, queue } of journal.tasks.values())
    findings.set(id, (await see({ id, queue })) ?? { state: 'gone' })
  const counts = new Map<string, Counts>()
  for (const queue of QUEUES) counts.set(queue, await world.until(countsOf(world, queue)))
  return { plan, scale, lacks, journal, findings, counts, endedAt }
}

/** A message that came twice is a dead letter twice, of one task. */
async function countsOf({ operator, lacks }: World, queue: QueueName): Promise<Counts> {
  const counts = await operator.app.queue(queue).counts()
  if (!lacks.includes('inspection')) return counts
  const { items } = await operator.app.queue(queue).deadLetters.list()
  return { ...counts, dead: new Set(items.map(({ id }) => id)).size }
}
