import type { App } from '../app.ts'
import { validate } from '../codec/schema.ts'
import type { TaskDelivery } from '../contract/delivery.ts'
import type { NewTask } from '../contract/enqueue.ts'
import type { Settlement } from '../contract/settlement.ts'
import { FollowUpError, InvalidOptionError } from '../errors.ts'
import { type EnqueueAnswer, throughEnqueueMiddleware } from '../middleware/middleware.ts'
import { derivedTaskId } from '../runtime/ids.ts'
import type { EnqueueOptions } from '../task/enqueue-options.ts'
import type { Enqueueable, FollowUp, FollowUpOptions, FollowUpTask } from '../task/enqueueable.ts'
import { stamperOf } from '../task/stamper.ts'

const MOST = 1_000
/** What a stored task takes beside its payload, roughly. */
const ENVELOPE_BYTES = 500

/**
 * What one attempt wants done after it. All is checked and encoded at once, so that the handler meets what is wrong with it; it is
 * stored with the completion, and forgotten where the attempt comes to anything else.
 */
export class FollowUps {
  readonly #app: App
  readonly #parent: TaskDelivery
  /** By position; one that was refused leaves its place empty, so that those behind it keep their ids. */
  readonly #tasks: (NewTask | undefined)[] = []
  readonly #pending = new Set<Promise<FollowUp>>()
  #bytes = 0
  #isOver = false

  constructor(app: App, parent: TaskDelivery) {
    this.#app = app
    this.#parent = parent
  }

  add(task: FollowUpTask, input: unknown, options: FollowUpOptions | undefined): Promise<FollowUp> {
    const position = this.#tasks.push(undefined) - 1
    const added: Promise<FollowUp> = this.#add(position, task, input, options).finally(() =>
      this.#pending.delete(added),
    )
    this.#pending.add(added)
    return added
  }

  /** Nothing more may follow: the attempt is over. */
  close(): void {
    this.#isOver = true
  }

  /** All of them, once those that are still being checked are there; rejects where one of these is refused. */
  async take(): Promise<readonly NewTask[] | undefined> {
    await Promise.all(this.#pending)
    this.close()
    const tasks = this.#tasks.filter((task) => task !== undefined)
    return tasks.length === 0 ? undefined : tasks
  }

  async #add(
    position: number,
    what: FollowUpTask,
    input: unknown,
    options: FollowUpOptions | undefined,
  ): Promise<FollowUp> {
    if (position >= MOST) throw new FollowUpError(this.#parent.envelope.task, `there are ${MOST} already`)
    const definition: Enqueueable = typeof what === 'string' ? this.#app.registry.get(what) : what
    refuseUnfit(options)
    const checked = validate(definition.input, input, definition.name, 'input', definition.sensitive)
    if (checked instanceof Promise) await checked
    const id = derivedTaskId(this.#parent.lease, position)
    const task = stamperOf(this.#app).stamp(definition, input, options, id)
    const { middleware } = this.#app
    if (middleware.length === 0) this.#hold(position, task)
    else await throughEnqueueMiddleware(middleware, task, input, async () => this.#hold(position, task))
    return { id, queue: task.envelope.queue, task: definition.name }
  }

  #hold(position: number, task: NewTask): EnqueueAnswer {
    const { envelope } = this.#parent
    if (this.#isOver) throw new FollowUpError(envelope.task, 'the attempt is over')
    const limit = this.#app.driver.limits.maxBatchBytes >> 1
    const bytes = this.#bytes + bytesOf(task)
    if (bytes > limit) {
      throw new FollowUpError(envelope.task, `together they take ${bytes} bytes, and may take ${limit}`)
    }
    this.#bytes = bytes
    this.#tasks[position] = task
    return { status: 'created' }
  }
}

/** The bytes of what a settlement carries. */
export function settlementBytes(settlement: Settlement): number {
  if (settlement.kind !== 'complete') return 0
  const { result, followUps } = settlement
  let bytes = result?.bytes.length ?? 0
  if (followUps !== undefined) for (const task of followUps) bytes += bytesOf(task)
  return bytes
}

function bytesOf({ envelope }: NewTask): number {
  return envelope.payload.bytes.length + ENVELOPE_BYTES
}

/** Types say so too. */
function refuseUnfit(options: EnqueueOptions<unknown> | undefined): void {
  for (const option of ['tx', 'debounce'] as const) {
    if (options?.[option] !== undefined) {
      throw new InvalidOptionError(option, options[option], 'it with tasq.enqueue(): not in a follow-up')
    }
  }
}
