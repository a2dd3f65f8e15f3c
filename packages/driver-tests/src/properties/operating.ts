import type { StoredTask } from './journal.ts'
import type { Operation, QueueName, Scale } from './plan.ts'
import { scripted } from './process.ts'
import type { World } from './world.ts'

/** A schedule can't fire more often. */
const SHORTEST_INTERVAL_MS = 1_000
const INTERVAL_BEATS = 10

/** How often schedules fire. */
export function intervalMs({ beatMs }: Scale): number {
  return Math.max(INTERVAL_BEATS * beatMs, SHORTEST_INTERVAL_MS)
}

/** Does one operation of a plan, and lets the time pass that it takes. */
export async function operate(world: World, operation: Operation): Promise<void> {
  if (operation.kind === 'pass') await world.time.pass(operation.beats * world.scale.beatMs)
  else await world.until(perform(world, operation))
}

async function perform(
  world: World,
  operation: Exclude<Operation, { readonly kind: 'pass' }>,
): Promise<void> {
  switch (operation.kind) {
    case 'enqueue':
      return await world.enqueueFrom(world.producer, [operation.task])
    case 'enqueueMany':
      return await world.enqueueFrom(world.producer, operation.tasks)
    case 'enqueueAtOnce':
      await Promise.all(
        operation.tasks.map((task, index) =>
          world.enqueueFrom(index % 2 === 0 ? world.producer : world.operator, [task]),
        ),
      )
      return
    case 'cancel':
      return await cancel(world, operation.task)
    case 'pause':
    case 'resume':
      return await world.switchQueue(operation.kind, operation.queue)
    case 'limit':
      return await world.limit(operation.queue, operation.limit)
    case 'redrive':
      return await redrive(world, operation.queue)
    case 'setSchedule':
    case 'pauseSchedule':
    case 'resumeSchedule':
    case 'removeSchedule':
      return await changeSchedule(world, operation.kind, operation.queue)
    case 'trigger':
      return await trigger(world, operation.queue)
    default:
      return await disturb(world, operation)
  }
}

type Disturbance = Extract<Operation, { readonly process: number }>

async function disturb(world: World, operation: Disturbance): Promise<void> {
  const { journal, time, scale } = world
  const process = world.process(operation.process)
  if (process === undefined) return
  if (operation.kind === 'start') return await world.start(operation.process)
  if (process.isKilled) return
  if (operation.kind === 'stop') return await process.stop(operation.waits)
  if (operation.kind === 'kill') return process.kill()
  const isOfProducer =
    (operation.kind === 'lose' || operation.kind === 'refuse') && operation.call === 'enqueue'
  const { number, driver } = isOfProducer ? world.producer : process
  if (!isOfProducer) journal.troubles.push({ process: number, from: time.clock.now(), kind: 'fault' })
  if (operation.kind === 'lose') driver.faults.loseAnswer(operation.call)
  else if (operation.kind === 'refuse') driver.faults.fail(operation.call)
  else if (operation.kind === 'cut' || operation.kind === 'hang') {
    driver.faults.disconnect({ silently: operation.kind === 'hang' })
    time.clock.setTimeout(() => {
      if (!process.isKilled) driver.faults.reconnect()
    }, operation.beats * scale.beatMs)
  }
}

async function cancel(world: World, index: number): Promise<void> {
  const { journal, time, operator } = world
  const tasks: readonly StoredTask[] = [...journal.tasks.values()]
  const task = tasks[index % tasks.length]
  if (task === undefined) return
  const sentAt = time.clock.now()
  const answer = await operator.app.queue(task.queue).task(task.id).cancel('as the plan says')
  task.cancels.push({ sentAt, answeredAt: time.clock.now(), answer })
  journal.note(`cancel of ${task.id}: ${answer}`)
}

async function redrive({ journal, time, operator }: World, queue: QueueName): Promise<void> {
  const { deadLetters } = operator.app.queue(queue)
  const { items } = await deadLetters.list()
  if (items.length === 0) return
  const sentAt = time.clock.now()
  for (const { id, finishedAt } of items) {
    const task = journal.tasks.get(id)
    if (task !== undefined) task.firstEndedAt ??= finishedAt?.getTime() ?? sentAt
    task?.redrives.push(journal.calls.length)
  }
  const ids = items.map(({ id }) => id)
  const count = await deadLetters.retry({ ids })
  journal.note(`redrive of ${ids.join(', ')}`)
  if (count !== ids.length) journal.problems.push(`${count} of ${ids.length} dead letters went back`)
}

async function changeSchedule(
  { journal, time, operator, scale }: World,
  kind: 'setSchedule' | 'pauseSchedule' | 'resumeSchedule' | 'removeSchedule',
  queue: QueueName,
): Promise<void> {
  const { schedules } = operator.app
  const isThere = (await schedules.get(queue)) !== undefined
  if (kind !== 'setSchedule' && !isThere) return
  const sentAt = time.clock.now()
  if (kind === 'setSchedule') {
    const every = intervalMs(scale)
    await schedules.set({ id: queue, task: scripted, input: { script: [] }, every, queue, keepResult: '1h' })
  } else if (kind === 'pauseSchedule') await schedules.pause(queue)
  else if (kind === 'resumeSchedule') await schedules.resume(queue)
  else await schedules.remove(queue)
  journal.scheduleChanges.push({ kind, queue, sentAt, doneAt: time.clock.now() })
}

async function trigger({ journal, operator, time }: World, queue: QueueName): Promise<void> {
  const { schedules } = operator.app
  if ((await schedules.get(queue)) === undefined) return
  const { id } = await schedules.trigger(queue)
  journal.triggered.add(id)
  journal.adopt(id, queue, time.clock.now(), new Date(time.clock.now()))
}
