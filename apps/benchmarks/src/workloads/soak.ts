import type { Bench } from '../bench.ts'
import type { HeapSample } from '../role.ts'
import { groupOf } from '../subjects/backend.ts'
import { slopeOf } from './slope.ts'
import type { Figure, Workload } from './workload.ts'

const SAMPLE_SECONDS = 10
/** A short run has so many samples at least. */
const LEAST_SAMPLES = 10
const MOST_OUTSTANDING = 20_000

async function soak(bench: Bench): Promise<Figure> {
  const seconds = bench.soakSeconds
  const worker = await bench.prepare({
    kind: 'soak',
    seconds,
    sampleSeconds: Math.min(SAMPLE_SECONDS, seconds / LEAST_SAMPLES),
    concurrency: 100,
    inFlight: 100,
    mostOutstanding: MOST_OUTSTANDING,
  })
  const before = bench.serverCpuMs()
  const result = await worker.begin()
  const serverMs = bench.serverCpuMs() - before
  const left = groupOf(bench.subject.backend) === 'rabbitmq' ? await bench.left() : result.left
  if (result.tasks === 0) throw new Error('no task ran while it lasted: no figure')
  if (left !== 0) throw new Error(`${left} tasks are left: no figure`)
  return {
    value: result.tasks / result.seconds,
    workerCpuUs: (result.cpuMs / result.tasks) * 1_000,
    serverCpuUs: (serverMs / result.tasks) * 1_000,
    more: { ...heapOf(result.samples ?? []), rssMb: result.rssMb },
  }
}

/** How the heap grew in the second half of the run, when all that fills up once is full, and what it held at first and at last. */
export function heapOf(samples: readonly HeapSample[]): Readonly<Record<string, number>> {
  const points = samples
    .slice(Math.floor(samples.length / 2))
    .map(({ seconds, kb }) => ({ x: seconds / 60, y: kb }))
  return {
    'heap kB/min': slopeOf(points),
    'first MB': (samples[0]?.kb ?? Number.NaN) / 1_024,
    'last MB': (samples.at(-1)?.kb ?? Number.NaN) / 1_024,
  }
}

export const soakWorkloads: readonly Workload[] = [
  {
    name: 'W13 soak',
    title: `producer and worker in one process, ${MOST_OUTSTANDING.toLocaleString('en')} tasks outstanding at most`,
    unit: 'tasks/s',
    isMoreBetter: true,
    suits: ({ isRaw }) => isRaw !== true,
    run: soak,
  },
]
