import type { Row } from '../../src/report/row.ts'
import type { Subject } from '../../src/subjects/subject.ts'
import type { Workload } from '../../src/workloads/workload.ts'

const never = () => Promise.reject(new Error('nothing is measured here'))

export function workload(name: string, options: Partial<Workload> = {}): Workload {
  return { name, title: name, unit: 'tasks/s', isMoreBetter: true, run: never, ...options }
}

export function subject(name: string, options: Partial<Subject> = {}): Subject {
  return {
    name,
    backend: 'redis',
    settings: 'defaults',
    isRaw: name.startsWith('raw'),
    open: never,
    ...options,
  }
}

/** What rounds with these values came to. */
export function row(of: Workload, who: Subject, ...values: readonly number[]): Row {
  const figures = values.map((value) => ({ value }))
  return { workload: of, subject: who, tasks: 100_000, figures, problem: undefined }
}
