import type { SharedKind, SharedState } from './shared-state.ts'
import { StoredValue } from './values.ts'

/** Who may hold how many tasks of a queue. */
export interface Permits {
  readonly holders: Readonly<Record<string, Permit>>
}

interface Permit {
  readonly count: number
  /** In ms since epoch on the backend's clock; a worker that fell silent loses its permits with its leases. */
  readonly until: number
}

export const permitsKind: SharedKind<Permits> = {
  name: 'permits',
  parse: (value) => {
    const stored = new StoredValue(value).value('holders')
    const holders: Record<string, Permit> = {}
    for (const name of stored.names) {
      const [count, until] = [stored.value(name).number('count'), stored.value(name).number('until')]
      if (count !== undefined && until !== undefined) holders[name] = { count, until }
    }
    return { holders }
  },
}

/** What a holder asks for. */
export interface PermitRequest {
  readonly count: number
  /** How many tasks it holds: at least so many permits it has, even where the limit has become lower. */
  readonly held: number
  readonly limit: number
  readonly ttlMs: number
}

/**
 * Makes the permits of one holder so many, or as many as the limit lets it have; what it holds already it keeps.
 * @returns how many it has now.
 */
export async function setPermits(
  state: SharedState<Permits>,
  queue: string,
  holder: string,
  { count, held, limit, ttlMs }: PermitRequest,
): Promise<number> {
  const change = await state.update(queue, '', (entry, now) => {
    const others = Object.entries(entry?.value.holders ?? {}).filter(
      ([name, { until }]) => name !== holder && until > now,
    )
    const taken = others.reduce((sum, [, permit]) => sum + permit.count, 0)
    const granted = Math.max(held, Math.min(count, limit - taken))
    const own = granted === 0 ? [] : [[holder, { count: granted, until: now + ttlMs }] as const]
    const holders = Object.fromEntries([...others, ...own])
    return { value: { holders }, ttlMs, granted }
  })
  return change.granted
}
