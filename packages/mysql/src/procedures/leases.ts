import type { Lease } from '@tasq/core/driver'
import { type Literal, name, sortedNames } from '../literals.ts'
import { either } from './new-tasks.ts'

/** Conditions on claims, `c`, that hold for exactly these leases. Those of one call of reserve share most of it. */
export function leaseConditions(leases: readonly Lease[]): Literal {
  const calls = new Map<string, { readonly lease: Lease; readonly ids: string[] }>()
  for (const lease of leases) {
    const key = `${lease.token}\n${lease.queue}`
    const known = calls.get(key)
    if (known === undefined) calls.set(key, { lease, ids: [lease.id] })
    else known.ids.push(lease.id)
  }
  const conditions = [...calls.values()].map(({ lease, ids }) => {
    const { queue, token } = lease
    return `(c.id IN (${sortedNames(ids)}) AND c.queue=${name(queue)} AND c.token=${name(token)})` as Literal
  })
  return either(conditions)
}
