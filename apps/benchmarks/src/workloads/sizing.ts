import type { Subject } from '../subjects/subject.ts'
import type { Workload } from './workload.ts'

/** About how long the run of a slow subject takes. */
const RUN_SECONDS = 20
const LEAST_TASKS = 100
/** Tasks a second that a subject must do for a backlog of a million: below, the run would take a quarter of an hour. */
const DEEP_PACE = 5_000

/** How many tasks a run has: as many as usual, or what a slow subject does in a while. */
export function tasksOf(usual: number, workload: Workload, subject: Subject): number {
  const pace = workload.paced === undefined ? undefined : subject.pace?.[workload.paced]
  const inTime = (pace ?? Number.POSITIVE_INFINITY) * RUN_SECONDS
  const { mostTasks = Number.POSITIVE_INFINITY } = subject
  return whole(Math.min(usual * (workload.share ?? 1), mostTasks, inTime))
}

/** Whether a run has fewer tasks than those of the others. */
export function isSmaller(tasks: number, usual: number, workload: Workload): boolean {
  return workload.paced !== undefined && tasks < whole(usual * (workload.share ?? 1))
}

export function canHaveBacklog({ pace, mostTasks }: Subject, tasks: number): boolean {
  return (pace?.drain ?? Number.POSITIVE_INFINITY) >= DEEP_PACE && tasks <= (mostTasks ?? tasks)
}

function whole(tasks: number): number {
  return Math.max(LEAST_TASKS, Math.round(tasks))
}
