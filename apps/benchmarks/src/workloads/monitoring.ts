import type { Monitoring, Subject } from '../subjects/subject.ts'
import { drain } from './drain.ts'
import type { Workload } from './workload.ts'

const PLAIN = 'W12 plain'

/** W3 with nothing told of its tasks, and with more and more of it; all in the same round, so that each has a pair. */
export const monitoringWorkloads: readonly Workload[] = [
  w12(PLAIN, 'nothing is told', undefined),
  w12('W12 counts', 'all events are heard, and metrics kept', 'counts'),
  w12('W12 sampled', 'the same, with OpenTelemetry, and spans of one task in a hundred', 'sampled'),
  w12('W12 traced', 'the same, with spans of every task', 'traced'),
  {
    ...w12('W12 published', 'all events are heard and published, and metrics kept', 'published'),
    suits: (subject) => isTasq(subject) && carriesEvents(subject),
  },
]

function w12(name: string, what: string, monitoring: Monitoring | undefined): Workload {
  return {
    name,
    title: `drain, no-op tasks, concurrency 100: ${what}`,
    unit: 'tasks/s',
    isMoreBetter: true,
    paced: 'drain',
    features: { uniqueAndKept: false, ...(monitoring === undefined ? {} : { monitoring }) },
    ...(monitoring === undefined ? {} : { against: PLAIN }),
    suits: isTasq,
    run: (bench) => drain(bench, { tasks: bench.tasks, concurrency: 100 }),
  }
}

function isTasq({ name }: Subject): boolean {
  return name.startsWith('tasq')
}

/** Those of a single backend; of a mixed one the store may, or the broker. */
function carriesEvents({ backend }: Subject): boolean {
  return ['memory', 'redis', 'postgres', 'rabbitmq'].includes(backend)
}
