import { drainWorkloads } from './drain.ts'
import { enqueueWorkloads } from './enqueue.ts'
import { keysWorkloads } from './keys.ts'
import { monitoringWorkloads } from './monitoring.ts'
import { restWorkloads } from './rest.ts'
import { soakWorkloads } from './soak.ts'
import type { Workload } from './workload.ts'

export const workloads: readonly Workload[] = [
  ...enqueueWorkloads,
  ...drainWorkloads,
  ...keysWorkloads,
  ...monitoringWorkloads,
  ...restWorkloads,
  ...soakWorkloads,
].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
