import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import type { ChildResult } from '../role.ts'
import { groupOf, isBrokerAlone } from '../subjects/backend.ts'
import { checkExactlyOnce } from './exactly-once.ts'
import { canHaveBacklog } from './sizing.ts'
import type { Figure, Workload } from './workload.ts'

const LOOK_MS = 10

interface DrainOptions {
  readonly tasks: number
  readonly concurrency: number
  /** Tasks that wait behind those that are measured. @default 0 */
  readonly behind?: number
  readonly handlerMs?: number
  readonly extraBytes?: number
}

/** One worker works off what another process has stored. */
export async function drain(bench: Bench, options: DrainOptions): Promise<Figure> {
  const { tasks, concurrency, behind = 0, handlerMs = 0, extraBytes = 0 } = options
  const stored = tasks + behind
  await bench.fill(stored, extraBytes)
  const worker = await bench.prepare({
    kind: 'drain',
    tasks: stored,
    drained: tasks,
    concurrency,
    handlerMs,
    fill: bench.subject.backend === 'memory' ? stored : 0,
    isAlone: true,
  })
  const before = bench.serverCpuMs()
  const result = await worker.begin()
  const serverMs = bench.serverCpuMs() - before
  if (behind === 0) await check(bench, [result])
  return {
    value: result.tasks / result.seconds,
    workerCpuUs: (result.cpuMs / result.tasks) * 1_000,
    serverCpuUs: (serverMs / tasks) * 1_000,
    more: { rssMb: result.rssMb },
  }
}

/** Several worker processes share one queue. */
async function share(bench: Bench, count: number): Promise<Figure> {
  const { tasks } = bench
  await bench.fill(tasks)
  const role = { kind: 'drain', tasks, drained: tasks, concurrency: 100, handlerMs: 0, fill: 0 } as const
  const workers = await Promise.all(
    Array.from({ length: count }, () => bench.prepare({ ...role, isAlone: false })),
  )
  const [before, start] = [bench.serverCpuMs(), performance.now()]
  const ends = workers.map((worker) => worker.begin())
  const ran = () => workers.reduce((sum, worker) => sum + worker.ran(), 0)
  while (ran() < tasks) await Promise.race([...ends, sleep(LOOK_MS)])
  const [seconds, serverMs] = [(performance.now() - start) / 1_000, bench.serverCpuMs() - before]
  for (const worker of workers) worker.end()
  const results = await Promise.all(ends)
  await check(bench, results)
  const cpuMs = results.reduce((sum, result) => sum + result.cpuMs, 0)
  return {
    value: tasks / seconds,
    workerCpuUs: (cpuMs / tasks) * 1_000,
    serverCpuUs: (serverMs / tasks) * 1_000,
  }
}

async function check(bench: Bench, results: readonly ChildResult[]): Promise<void> {
  checkExactlyOnce(results.map(({ runs = '' }) => runs))
  // RabbitMQ does not count what its consumers have not acknowledged, and of several workers each may see what another still writes:
  // then it is asked when they are gone.
  const mustBeGone = groupOf(bench.subject.backend) === 'rabbitmq' || results.length > 1
  const left = mustBeGone ? await bench.left() : results.at(-1)?.left
  if (left !== 0) throw new Error(`${left} tasks are left: no figure`)
}

function byOne(
  name: string,
  title: string,
  share: number,
  options: (tasks: number) => DrainOptions,
): Workload {
  return {
    name,
    title,
    unit: 'tasks/s',
    isMoreBetter: true,
    paced: 'drain',
    share,
    run: (bench) => drain(bench, options(bench.tasks)),
  }
}

function withBacklog(
  name: string,
  title: string,
  backlog: number,
  behind: (tasks: number) => number,
): Workload {
  const options = (tasks: number) => ({ tasks, concurrency: 100, behind: behind(tasks) })
  return { ...byOne(name, title, 0.5, options), suits: (subject) => canHaveBacklog(subject, backlog) }
}

export const drainWorkloads: readonly Workload[] = [
  ...[10, 100].map((concurrency) =>
    byOne(`W3 at ${concurrency}`, `drain, no-op tasks, concurrency ${concurrency}`, 1, (tasks) => ({
      tasks,
      concurrency,
    })),
  ),
  byOne('W5 at 100', 'drain, 1 ms of waiting in each, concurrency 100', 0.5, (tasks) => ({
    tasks,
    concurrency: 100,
    handlerMs: 1,
  })),
  withBacklog('W8 10000', 'drain, concurrency 100, 10,000 waiting behind', 10_000, () => 10_000),
  withBacklog(
    'W8 1000000',
    'drain, concurrency 100, of 1,000,000 that wait',
    1_000_000,
    (tasks) => 1_000_000 - tasks,
  ),
  ...[2, 4, 8].map(
    (count): Workload => ({
      name: `W9 with ${count}`,
      title: `drain by ${count} worker processes, concurrency 100 each`,
      unit: 'tasks/s',
      isMoreBetter: true,
      paced: 'drain',
      suits: ({ backend, isRaw }) => backend !== 'memory' && isRaw !== true,
      run: (bench) => share(bench, count),
    }),
  ),
  byOne('W10', 'drain, payloads of 256 kB, concurrency 10', 0.01, (tasks) => ({
    tasks,
    concurrency: 10,
    extraBytes: 256 * 1_024,
  })),
  {
    name: 'W11 drain',
    title: 'drain with unique keys and kept results, concurrency 100',
    unit: 'tasks/s',
    isMoreBetter: true,
    paced: 'drain',
    features: { uniqueAndKept: true },
    suits: ({ backend, isRaw }) => isRaw !== true && !isBrokerAlone(backend),
    run: (bench) => drain(bench, { tasks: bench.tasks, concurrency: 100 }),
  },
]
