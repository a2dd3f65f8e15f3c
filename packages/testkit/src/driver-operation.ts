import type {
  Backlog,
  Cancellation,
  Coordination,
  DeadLetters,
  Diagnostics,
  EventBus,
  Inspection,
  Ledger,
  Migrations,
  Recovery,
  Relay,
  Results,
  Retention,
} from '@tasq/core/driver'

type FacetOperations<Name extends string, Facet> = `${Name}.${keyof Facet & string}`

/** Everything that a driver can be asked to do; those of a facet with its name in front. */
export type DriverOperation =
  | 'open'
  | 'close'
  | 'enqueue'
  | 'reserve'
  | 'extend'
  | 'settle'
  | FacetOperations<'deadLetters', DeadLetters>
  | FacetOperations<'recovery', Recovery>
  | FacetOperations<'results', Results>
  | FacetOperations<'inspection', Inspection>
  | FacetOperations<'backlog', Backlog>
  | FacetOperations<'cancellation', Cancellation>
  | FacetOperations<'retention', Retention>
  | FacetOperations<'ledger', Ledger>
  | FacetOperations<'coordination', Coordination>
  | FacetOperations<'events', Pick<EventBus, 'publish' | 'subscribe'>>
  | FacetOperations<'diagnostics', Diagnostics>
  | FacetOperations<'relay', Relay>
  | FacetOperations<'migrations', Migrations>
  | 'transactions.enqueue'
