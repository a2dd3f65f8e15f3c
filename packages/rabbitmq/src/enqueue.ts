import { storedTaskOf } from '@tasq/broker-kernel'
import type { EnqueueCall, Enqueued, NewTask } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import type { NotPublished, Outgoing, Published } from './publisher.ts'

/** So many calls that failed are remembered, in case they are repeated. */
const MOST_REMEMBERED = 1_000

/**
 * Sends tasks. The server knows no receipts, so a call that failed is remembered here: its repeat sends only what was not confirmed. What
 * the server stored without being able to say so is stored twice then.
 */
export class Enqueuer {
  readonly #backend: Backend
  /** By call: the messages, and which of them are confirmed. */
  readonly #unfinished = new Map<
    string,
    { readonly messages: readonly Outgoing[]; readonly answers: Published[] }
  >()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async enqueue({ callId, tasks }: EnqueueCall): Promise<readonly Enqueued[]> {
    if (tasks.length === 0) return []
    await declareFor(this.#backend, tasks)
    const begun = this.#unfinished.get(callId)
    const messages = begun?.messages ?? messagesOf(this.#backend, tasks)
    const answers = await this.#publish(messages, begun?.answers)
    const failed = answers.find(hasFailed)
    if (failed === undefined) {
      this.#unfinished.delete(callId)
      return answers.map(answerOf)
    }
    this.#remember(callId, messages, answers)
    throw failed.error
  }

  /** Those that are not confirmed yet. */
  async #publish(messages: readonly Outgoing[], before: readonly Published[] = []): Promise<Published[]> {
    const open = messages.map((_, index) => index).filter((index) => before[index] !== 'confirmed')
    const published = await this.#backend.publish(open.map((index) => messages[index] as Outgoing))
    const answers = [...before]
    open.forEach((index, position) => {
      answers[index] = published[position] as Published
    })
    return answers
  }

  #remember(callId: string, messages: readonly Outgoing[], answers: Published[]): void {
    this.#unfinished.set(callId, { messages, answers })
    const [oldest] = this.#unfinished.keys()
    if (this.#unfinished.size > MOST_REMEMBERED && oldest !== undefined) this.#unfinished.delete(oldest)
  }
}

/** @throws StoreError where something else stands under one of the names that they need. */
export async function declareFor(
  { tasks: making, publishing, options }: Backend,
  tasks: readonly NewTask[],
): Promise<void> {
  const now = options.clock.now()
  const placements = tasks.map(({ envelope, dueAt, delayMs = 0 }) => ({
    queue: envelope.queue,
    delayMs: dueAt === undefined ? delayMs : dueAt - now,
  }))
  await making.declareFor(publishing, placements)
}

/** To be made only when all is declared: their delays count from now. */
export function messagesOf(
  { tasks: making, options }: Backend,
  tasks: readonly NewTask[],
): readonly Outgoing[] {
  const now = Math.round(options.clock.now())
  return tasks.map((task) => {
    const stored = storedTaskOf(task, now)
    return making.messageOf(stored, stored.readyAt - now, now)
  })
}

/** Then the whole call is repeated. What the server has refused of a message stands on its own. */
function hasFailed(answer: Published): answer is NotPublished {
  return answer !== 'confirmed' && answer.why === 'failed'
}

function answerOf(answer: Published): Enqueued {
  return answer === 'confirmed' ? { status: 'created' } : { status: 'rejected', error: answer.error }
}
