import type { FacetName, Harness } from './harness.ts'

/**
 * What a case may ask of a driver: a facet, or something that its limits or its harness promise.
 * `token fence` stands for all that needs stored task state: fencing, receipts, repeats and unique keys.
 * `own store`: all that is known of a task is in one place, where a broker with a store beside it has two.
 * `inspection` brings `backlog` and `cancellation` with it.
 */
export type Trait =
  | FacetName
  | 'backend clock'
  | 'timed leases'
  | 'token fence'
  | 'fifo order'
  | 'exact priorities'
  | 'virtual time'
  | 'own store'

/** What a harness declares of its driver. */
export function traitsOf({ facets, limits, time, clock }: Harness): ReadonlySet<Trait> {
  const traits = new Set<Trait>(facets)
  if (traits.has('inspection')) traits.add('backlog').add('cancellation')
  if (clock !== 'process') traits.add('backend clock')
  if (limits.lease === 'timed') traits.add('timed leases')
  if (limits.fence === 'token') traits.add('token fence')
  if (limits.order === 'fifo') traits.add('fifo order')
  if (limits.priorities === 'exact') traits.add('exact priorities')
  if (limits.fence === 'token' && !limits.redelivers) traits.add('own store')
  if (time === 'virtual') traits.add('virtual time')
  return traits
}
