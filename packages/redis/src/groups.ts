import type { Settlement } from '@tasq/core/driver'
import type { Argument } from './scripts.ts'

/** Tasks to settle as scripts take them, and the places in the call in the order in which they stand there. */
export interface Groups {
  readonly groups: readonly Argument[]
  readonly order: readonly number[]
}

/** Tasks under one token stand together: see lua/parts/groups.lua. */
export function groupsOf(indexes: readonly number[], settlements: readonly Settlement[]): Groups {
  const byToken = new Map<string, number[]>()
  for (const index of indexes) {
    const token = settlements[index]?.lease.token ?? ''
    const group = byToken.get(token)
    if (group === undefined) byToken.set(token, [index])
    else group.push(index)
  }
  const groups: Argument[] = [byToken.size]
  for (const [token, group] of byToken) groups.push(token, group.length)
  const order = byToken.size === 1 ? indexes : [...byToken.values()].flat()
  for (const index of order) groups.push(settlements[index]?.lease.id ?? '')
  return { groups, order }
}
