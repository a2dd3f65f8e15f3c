import type { Bench } from '../bench.ts'
import { checkExactlyOnce } from './exactly-once.ts'
import type { Figure, Workload } from './workload.ts'

const PICKUPS = 200
const EVERY_MS = 20
const IDLE_SECONDS = 20

/** From the call of enqueue in one process to the call of the handler in another, which has nothing else to do. */
async function pickup(bench: Bench): Promise<Figure> {
  const worker = await bench.prepare({ kind: 'pickup', tasks: PICKUPS })
  const producer = await bench.prepare({ kind: 'produce', tasks: PICKUPS, everyMs: EVERY_MS })
  const working = worker.begin()
  await producer.begin()
  const { latencies = [], runs = '' } = await working
  checkExactlyOnce([runs])
  const [median = Number.NaN, p95 = Number.NaN, p99 = Number.NaN] = [0.5, 0.95, 0.99].map(
    (share) => latencies[Math.floor(latencies.length * share)],
  )
  return { value: median, more: { p95, p99 } }
}

/** What a worker and its server use with nothing to do. */
async function idle(bench: Bench): Promise<Figure> {
  const worker = await bench.prepare({ kind: 'idle', seconds: IDLE_SECONDS })
  const before = bench.serverCpuMs()
  const { cpuMs, seconds } = await worker.begin()
  const serverMs = bench.serverCpuMs() - before
  return {
    value: cpuMs / seconds / 10,
    workerCpuUs: (cpuMs / seconds) * 1_000,
    serverCpuUs: (serverMs / seconds) * 1_000,
  }
}

export const restWorkloads: readonly Workload[] = [
  {
    name: 'W4',
    title: 'pickup on an idle worker, producer in another process, median',
    unit: 'ms',
    isMoreBetter: false,
    suits: ({ backend, isRaw, waits }) => backend !== 'memory' && (isRaw !== true || waits === true),
    run: pickup,
  },
  {
    name: 'W6',
    title: `CPU of an idle worker over ${IDLE_SECONDS} s`,
    unit: '% of a core',
    isMoreBetter: false,
    suits: ({ isRaw, waits }) => isRaw !== true || waits === true,
    run: idle,
  },
]
