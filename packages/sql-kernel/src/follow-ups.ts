import type { Settlement } from '@tasq/core/driver'
import { newRowOf } from './columns.ts'
import type { NewRow } from './dialect.ts'

/** Whether tasks are to be stored with a settlement. */
export function hasFollowUps(settlement: Settlement): boolean {
  return settlement.kind === 'complete' && (settlement.followUps?.length ?? 0) > 0
}

/** The tasks that are to be stored with settlements, in their order. */
export function followUpRows(settlements: readonly Settlement[]): readonly NewRow[] {
  const rows: NewRow[] = []
  for (const settlement of settlements) {
    if (settlement.kind === 'complete' && settlement.followUps !== undefined)
      rows.push(...settlement.followUps.map(newRowOf))
  }
  return rows
}
