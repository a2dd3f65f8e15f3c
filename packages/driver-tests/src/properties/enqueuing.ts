import type { EnqueueOptions, TaskHandle } from '@tasq/core'
import type { Journal } from './journal.ts'
import type { Scale, TaskPlan } from './plan.ts'
import { type StagedProcess, scripted } from './process.ts'
import type { StageTime } from './stage-time.ts'

/** Longer than any plan takes. */
const FAR_MS = 60 * 60_000

export interface EnqueuingParts {
  readonly journal: Journal
  readonly scale: Scale
  readonly time: StageTime
}

/** Enqueues tasks from one process, one by one or together, and notes what it is told. */
export async function enqueue(
  parts: EnqueuingParts,
  producer: StagedProcess,
  plans: readonly TaskPlan[],
): Promise<void> {
  const { scale, time } = parts
  const sentAt = time.clock.now()
  const [only] = plans
  if (plans.length === 1 && only !== undefined) {
    const input = { script: only.script, number: ++parts.journal.enqueues }
    const handle = await producer.app.enqueue(scripted, input, optionsOf(only, scale))
    noteAnswer(parts, only, handle, { sentAt, number: input.number })
    return
  }
  const inputs = plans.map(({ script }) => ({ script, number: ++parts.journal.enqueues }))
  const handles = await producer.app.enqueueMany(scripted, inputs, (_, index) => {
    const plan = plans[index]
    return plan === undefined ? {} : optionsOf(plan, scale)
  })
  plans.forEach((plan, index) => {
    const [handle, input] = [handles[index], inputs[index]]
    if (handle !== undefined && input !== undefined)
      noteAnswer(parts, plan, handle, { sentAt, number: input.number })
  })
}

function optionsOf(plan: TaskPlan, { beatMs }: Scale): EnqueueOptions {
  const { queue, priority, delay, isFar, expiresIn, maxAttempts, timeout, debounce } = plan
  const ms = (beats: number | undefined) => (beats === undefined ? undefined : beats * beatMs)
  return {
    queue,
    priority,
    ...(debounce === undefined
      ? { delay: isFar ? FAR_MS : delay * beatMs }
      : { debounce: { key: queue, wait: debounce * beatMs } }),
    ...repeatOptions(plan, beatMs),
    expiresIn: ms(expiresIn),
    retry: { maxAttempts },
    keepResult: keepsOutcome(plan) ? '1h' : false,
    timeout: ms(timeout),
  }
}

function repeatOptions({ unique }: TaskPlan, beatMs: number): Pick<EnqueueOptions, 'unique' | 'throttle'> {
  if (unique === undefined) return {}
  const { key, window, isThrottle } = unique
  if (window === undefined) return { unique: { key } }
  const per = window * beatMs
  return isThrottle === true ? { throttle: { key, per } } : { unique: { key, window: per } }
}

/** When a task with a key ended must be known, to say whether the key was free. */
export function keepsOutcome({ keepsResult, unique }: TaskPlan): boolean {
  return keepsResult || unique !== undefined
}

function noteAnswer(
  { journal, time }: EnqueuingParts,
  plan: TaskPlan,
  { id, status }: Pick<TaskHandle, 'id' | 'status'>,
  { sentAt, number }: { readonly sentAt: number; readonly number: number },
): void {
  const answeredAt = time.clock.now()
  if (plan.debounce !== undefined) journal.bursts.push({ id, plan, number, sentAt })
  if (status === 'replaced') {
    journal.note(`enqueued: ${number} in the place of ${id}`)
    return
  }
  if (status === 'duplicate') {
    journal.note(`enqueued: a duplicate of ${id}`)
    journal.duplicates.push({ of: id, plan, sentAt, answeredAt })
    return
  }
  journal.note(`enqueued: ${id} ${JSON.stringify({ ...plan, script: plan.script.length })}`)
  journal.store({ id, queue: plan.queue, plan, sentAt, answeredAt })
}
