import type { Bench } from '../bench.ts'
import { openPlace } from '../place.ts'
import { median } from '../report/row.ts'
import type { KeysSlice } from '../role.ts'
import type { Subject } from '../subjects/subject.ts'
import type { Figure, Workload } from './workload.ts'

const IN_FLIGHT = 100
const SLICES = 20
/** A usual run has 100,000 tasks. */
const FEW = 0.1
const MANY = 10
const CALLS_OF_SLICE = 0.005

/** Calls with unique keys where few keys are there and, in turns with them, on a second backend where many are. */
async function compare(bench: Bench): Promise<Figure> {
  const other = await openPlace(bench.subject.backend)
  try {
    const calls = Math.max(1, Math.round(bench.tasks * CALLS_OF_SLICE))
    const producer = await bench.prepare({
      kind: 'keys',
      few: Math.round(bench.tasks * FEW),
      many: bench.tasks * MANY,
      elsewhere: other.place,
      slices: SLICES,
      calls,
      inFlight: IN_FLIGHT,
    })
    await Promise.all([bench.settle(), other.settle?.()])
    const { slices = [] } = await producer.begin()
    return figureOf(slices, calls)
  } finally {
    await other.close()
  }
}

/** How much longer calls take with many keys, as the median over the slices, and how many there were a second. */
export function figureOf(slices: readonly KeysSlice[], calls: number): Figure {
  const rate = (kind: keyof KeysSlice, side: 'few' | 'many') => {
    const ms = median(slices.map((slice) => slice[kind][side])) ?? Number.NaN
    return (calls / ms) * 1_000
  }
  const ratio = (kind: keyof KeysSlice) =>
    median(slices.map((slice) => slice[kind].many / slice[kind].few)) ?? Number.NaN
  return {
    value: ratio('fresh'),
    more: {
      'of duplicates': ratio('repeated'),
      'tasks/s with few': rate('fresh', 'few'),
      'with many': rate('fresh', 'many'),
      'duplicates/s with few': rate('repeated', 'few'),
      'with as many': rate('repeated', 'many'),
    },
  }
}

export const keysWorkloads: readonly Workload[] = [
  {
    name: 'W14 keys',
    title: 'time of an enqueue with a new unique key: with 1,000,000 keys ÷ with 10,000',
    unit: 'times',
    isMoreBetter: false,
    features: { uniqueAndKept: true },
    suits: keepsKeys,
    run: compare,
  },
]

/** Tasq, where keys are the backend's own. */
function keepsKeys({ name, backend }: Subject): boolean {
  return name === 'tasq' && ['sqlite', 'redis', 'postgres', 'mysql'].includes(backend)
}
