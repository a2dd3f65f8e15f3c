import type { Bench } from '../bench.ts'
import type { Role } from '../role.ts'
import { isBrokerAlone } from '../subjects/backend.ts'
import type { Figure, Workload } from './workload.ts'

const IN_FLIGHT = 100
const BATCH = 1_000

async function measure(
  bench: Bench,
  role: Extract<Role, { kind: 'enqueue' | 'enqueueMany' }>,
): Promise<Figure> {
  const producer = await bench.prepare(role)
  const before = bench.serverCpuMs()
  const { tasks, seconds, cpuMs, left } = await producer.begin()
  const serverMs = bench.serverCpuMs() - before
  if (left !== role.tasks) throw new Error(`${left} of ${role.tasks} tasks are stored: no figure`)
  return {
    value: tasks / seconds,
    workerCpuUs: (cpuMs / tasks) * 1_000,
    serverCpuUs: (serverMs / role.tasks) * 1_000,
  }
}

export const enqueueWorkloads: readonly Workload[] = [
  {
    name: 'W1',
    title: `enqueue, one call a task, ${IN_FLIGHT} in flight`,
    unit: 'tasks/s',
    isMoreBetter: true,
    paced: 'enqueue',
    run: (bench) => measure(bench, { kind: 'enqueue', tasks: bench.tasks, inFlight: IN_FLIGHT }),
  },
  {
    name: 'W2',
    title: `enqueue in batches of ${BATCH}`,
    unit: 'tasks/s',
    isMoreBetter: true,
    paced: 'enqueueMany',
    run: (bench) => measure(bench, { kind: 'enqueueMany', tasks: bench.tasks, batch: BATCH, extraBytes: 0 }),
  },
  {
    name: 'W11 enqueue',
    title: `enqueue with unique keys and kept results, ${IN_FLIGHT} in flight`,
    unit: 'tasks/s',
    isMoreBetter: true,
    paced: 'enqueue',
    features: { uniqueAndKept: true },
    suits: ({ backend, isRaw }) => isRaw !== true && !isBrokerAlone(backend),
    run: (bench) => measure(bench, { kind: 'enqueue', tasks: bench.tasks, inFlight: IN_FLIGHT }),
  },
]
