import type { App } from '../app.ts'
import type { Finding } from '../contract/facets/diagnostics.ts'
import type { Limits } from '../contract/limits.ts'
import { type ResolvedTaskOptions, resolveTaskOptions, taskDefaults } from '../task/task-options.ts'

/** The versions of Node.js that this package is tested on: each line from this minor on. */
const OLDEST_MINORS: ReadonlyMap<number, number> = new Map([
  [22, 18],
  [24, 11],
])
const FIRST_OPEN_LINE = 26
/** A lease is renewed at a third of it; a shorter one is lost by one long pause of the event loop. */
const SHORT_LEASE_MS = 3_000

/** What the backends say of themselves, and what can be said of the app by looking at it. */
export async function diagnose(app: App, nodeVersion = process.versions.node): Promise<readonly Finding[]> {
  const { driver, registry, defaults } = app
  const usual = defaults.queue ?? taskDefaults.queue
  const queues = [...new Set([usual, ...registry.all.map(({ options }) => options.queue ?? usual)])]
  const ofBackends = (await driver.diagnostics?.check({ queues })) ?? [silent(driver.name)]
  return [...ofBackends, foundNode(nodeVersion), foundDefinitions(app), ...foundLeases(app)]
}

function silent(name: string): Finding {
  const message = `The driver '${name}' says nothing of its backend.`
  return { subject: name, check: 'connectivity', status: 'note', message }
}

function foundNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const least = OLDEST_MINORS.get(major)
  const isSupported = least === undefined ? major >= FIRST_OPEN_LINE : minor >= least
  const of = { subject: 'app', check: 'node-version' } as const
  if (isSupported) return { ...of, status: 'ok', message: `Node.js ${version}.` }
  return {
    ...of,
    status: 'warning',
    message: `Node.js ${version} is not among the versions that Tasq is tested on.`,
    nextStep: 'Use Node.js 22.18, 24.11 or 26, or a later one of these lines.',
  }
}

function foundDefinitions({ registry }: App): Finding {
  const all = registry.all.length
  const withHandler = registry.all.filter(({ run }) => run !== undefined).length
  const of = { subject: 'app', check: 'definitions' } as const
  if (all === 0)
    return {
      ...of,
      status: 'note',
      message: 'The app defines no tasks: it can look after queues, but enqueue and run nothing of its own.',
      nextStep: 'Pass definitions in createTasq({ tasks }), if it should.',
    }
  const others = all - withHandler
  const inert = others === 0 ? '' : `; ${others} without one can be enqueued here, and run elsewhere`
  return { ...of, status: 'ok', message: `${withHandler} of ${all} definitions have a handler${inert}.` }
}

/** One finding for each definition whose lease can't work; one for all where every lease can. */
function foundLeases({ registry, defaults, driver }: App): readonly Finding[] {
  if (registry.all.length === 0) return []
  const of = { subject: 'app', check: 'leases' } as const
  const problems = registry.all.flatMap(({ name, options }) => {
    const problem = problemOf(resolveTaskOptions([options, defaults]), driver.limits)
    return problem === undefined ? [] : [{ ...of, ...problem, message: `Task '${name}': ${problem.message}` }]
  })
  return problems.length > 0
    ? problems
    : [{ ...of, status: 'ok', message: 'Every lease can be renewed in time.' }]
}

function problemOf(
  { leaseMs, policy }: ResolvedTaskOptions,
  { maxLeaseMs, maxAgeMs, lease }: Limits,
): Pick<Finding, 'status' | 'message' | 'nextStep'> | undefined {
  if (maxLeaseMs !== undefined && leaseMs > maxLeaseMs) {
    return {
      status: 'error',
      message: `visibilityTimeout is ${leaseMs} ms, and this backend leases for ${maxLeaseMs} ms at most.`,
      nextStep: 'Make it shorter: it is renewed while the handler runs, however long that takes.',
    }
  }
  if (maxAgeMs !== undefined && policy.deadLetterMs > maxAgeMs) {
    return {
      status: 'warning',
      message: `keepDeadLetter is ${policy.deadLetterMs} ms, and this backend keeps nothing longer than ${maxAgeMs} ms.`,
      nextStep: 'Make it shorter, or look at dead letters before that.',
    }
  }
  if (lease === 'timed' && leaseMs < SHORT_LEASE_MS) {
    return {
      status: 'warning',
      message: `visibilityTimeout is ${leaseMs} ms: one long pause of the event loop or of the network loses the lease.`,
      nextStep: `Use ${SHORT_LEASE_MS} ms or more.`,
    }
  }
  return undefined
}
