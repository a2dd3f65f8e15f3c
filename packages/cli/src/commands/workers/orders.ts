import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidOptionError, type PresentWorker, type Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { integer } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { NoEffectError, NotThereError } from '../../errors.ts'
import { addOperation, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { timeSpan } from '../../output/format.ts'
import { print } from '../../output/print.ts'

interface StopFlags extends OperatorFlags {
  readonly wait: boolean
}

/** What a worker is told, and how its presence shows that it has heard it. */
interface Order {
  readonly tell: (id: string) => Promise<void>
  /** `undefined`: it is there no more. */
  readonly isObeyed: (worker: PresentWorker | undefined) => boolean
}

/** `tasq workers pause`. */
export function addPause(group: Command, context: CommandContext): void {
  addOperation(group, 'pause <ids...>', 'take no more tasks; what runs goes on').action(
    async (ids: readonly string[], flags: OperatorFlags) => {
      await order(ids, flags, context, ({ workers }) => ({
        tell: (id) => workers.pause(id),
        isObeyed: (worker) => worker?.state === 'paused',
      }))
    },
  )
}

/** `tasq workers resume`. */
export function addResume(group: Command, context: CommandContext): void {
  addOperation(group, 'resume <ids...>', 'take tasks again').action(
    async (ids: readonly string[], flags: OperatorFlags) => {
      await order(ids, flags, context, ({ workers }) => ({
        tell: (id) => workers.resume(id),
        isObeyed: (worker) => worker?.state === 'running',
      }))
    },
  )
}

/** `tasq workers stop`. */
export function addStop(group: Command, context: CommandContext): void {
  addOperation(group, 'stop <ids...>', 'stop workers; what runs may come to its end')
    .addOption(new Option('--no-wait', 'abort running tasks at once, and hand them back'))
    .action(async (ids: readonly string[], flags: StopFlags) => {
      await order(ids, flags, context, ({ workers }) => ({
        tell: (id) => workers.stop(id, { wait: flags.wait }),
        isObeyed: (worker) => worker === undefined || /^stop/.test(worker.state),
      }))
    })
}

/** `tasq workers set-concurrency`. */
export function addSetConcurrency(group: Command, context: CommandContext): void {
  addOperation(group, 'set-concurrency', 'how many tasks a worker may run at the same time')
    .argument('<id>')
    .argument('<n>', 'from 1 to 100000', integer)
    .action(async (id: string, concurrency: number, flags: OperatorFlags) => {
      if (concurrency < 1 || concurrency > 100_000) {
        throw new InvalidOptionError('n', concurrency, 'an integer from 1 to 100000')
      }
      await order([id], flags, context, ({ workers }) => ({
        tell: (each) => workers.setConcurrency(each, concurrency),
        isObeyed: (worker) => worker?.concurrency === concurrency,
      }))
    })
}

const LOOK_MS = 100
/** Orders are heard within a second; a worker that tells nothing new for so long does not hear them. */
const LONGEST_MS = 15_000

/** Tells the workers, and waits until they have done it: a success is a success. */
async function order(
  ids: readonly string[],
  flags: OperatorFlags,
  context: CommandContext,
  orderOf: (tasq: Tasq) => Order,
): Promise<void> {
  await using tasq = await openBackend(flags, context)
  const present = await tasq.workers.list()
  const known = present.map(({ workerId }) => workerId)
  // All of them first: a wrong id stops it before anybody was told.
  for (const id of ids) if (!known.includes(id)) throw new NotThereError('worker', id, known)
  const { tell, isObeyed } = orderOf(tasq)
  for (const id of ids) await tell(id)
  const workers = await heard(tasq, ids, isObeyed)
  const rows = ids.map((workerId) => {
    const worker = workers.find((each) => each.workerId === workerId)
    return { workerId, state: worker?.state ?? 'stopped', concurrency: worker?.concurrency }
  })
  print(context.terminal, flags, { workers: rows }, () =>
    rows.map(({ workerId, state, concurrency }) => {
      return `${workerId}: ${state}${concurrency === undefined ? '' : `, concurrency ${concurrency}`}`
    }),
  )
}

/** @throws NoEffectError where one of them has not obeyed in time. */
async function heard(
  tasq: Tasq,
  ids: readonly string[],
  isObeyed: Order['isObeyed'],
): Promise<readonly PresentWorker[]> {
  const startedAt = Date.now()
  for (;;) {
    const workers = await tasq.workers.list()
    const find = (id: string) => workers.find(({ workerId }) => workerId === id)
    const deaf = ids.filter((id) => !isObeyed(find(id)))
    if (deaf.length === 0) return workers
    if (Date.now() - startedAt > LONGEST_MS) {
      const told = deaf.map((id) => {
        const age = Date.now() - (find(id)?.heartbeatAt.getTime() ?? startedAt)
        return `${id} (its last heartbeat was ${timeSpan(age)} ago)`
      })
      throw new NoEffectError(
        `Told, but not obeyed within ${timeSpan(LONGEST_MS)}: ${told.join(', ')}.`,
        'See whether the process lives and reaches the backend; tasq cleanup forgets the dead.',
      )
    }
    await sleep(LOOK_MS)
  }
}
