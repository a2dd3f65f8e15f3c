import type { Driver } from '../contract/driver.ts'
import type { Diagnostics } from '../contract/facets/diagnostics.ts'

/** What several backends of one app say of themselves, one after the other; `undefined` where none of them says anything. */
export function joinedDiagnostics(
  ...drivers: readonly Pick<Driver, 'diagnostics'>[]
): Diagnostics | undefined {
  const all = drivers.flatMap(({ diagnostics }) => (diagnostics === undefined ? [] : [diagnostics]))
  if (all.length === 0) return undefined
  return { check: async (call) => (await Promise.all(all.map((each) => each.check(call)))).flat() }
}
