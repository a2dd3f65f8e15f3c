import type { Driver } from '../contract/driver.ts'
import type { Backlog } from '../contract/facets/backlog.ts'
import type { Cancellation } from '../contract/facets/cancellation.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { Inspection } from '../contract/facets/inspection.ts'
import type { Migrations } from '../contract/facets/migrations.ts'
import type { Results } from '../contract/facets/results.ts'
import type { Transactions } from '../contract/facets/transactions.ts'
import { UnsupportedError } from '../errors.ts'

/**
 * Who gives what: the one place that knows where each facet of an app comes from. Types stop most misuse
 * before this; the errors are for plain JavaScript and for drivers chosen at run time.
 */
export class Facets {
  readonly driver: Driver

  constructor(driver: Driver) {
    this.driver = driver
  }

  /** @throws UnsupportedError */
  get results(): Results {
    return this.#require(
      this.driver.results,
      'results',
      'Put a store beside it: createTasq({ driver, store }); docs/driver-matrix.md says which keep results.',
    )
  }

  /** @throws UnsupportedError */
  get backlog(): Backlog {
    const { backlog, inspection } = this.driver
    return this.#require(backlog ?? inspection, 'backlog', 'Use the tools of the backend itself.')
  }

  /** @throws UnsupportedError */
  get cancellation(): Cancellation {
    const { cancellation, inspection } = this.driver
    return this.#require(
      cancellation ?? inspection,
      'cancellation',
      'Put a store beside it: createTasq({ driver, store }).',
    )
  }

  /** @throws UnsupportedError */
  get inspection(): Inspection {
    return this.#require(this.driver.inspection, 'inspection', 'Use the tools of the backend itself.')
  }

  /** @throws UnsupportedError */
  get coordination(): Coordination {
    return this.#require(
      this.driver.coordination,
      'coordination',
      'Put a store beside it: createTasq({ driver, store }).',
    )
  }

  /** @throws UnsupportedError */
  get transactions(): Transactions<never> {
    return this.#require(
      this.driver.transactions,
      'transactions',
      'Use a driver of an SQL database, or enqueue without `tx` after the commit.',
    )
  }

  /** @throws UnsupportedError */
  get migrations(): Migrations {
    return this.#require(this.driver.migrations, 'migrations', 'It needs none: open() prepares all.')
  }

  #require<Facet>(facet: Facet | undefined, name: string, alternative: string): Facet {
    if (facet === undefined) throw new UnsupportedError(this.driver.name, name, alternative)
    return facet
  }
}

/** The client that `{ tx }` takes with this driver; on others no value fits, and the type's name says why. */
export type TxOf<D extends Driver> = D extends { readonly transactions: Transactions<infer Tx> }
  ? Tx
  : ThisDriverHasNoTransactions

declare const never: unique symbol

/** No value has this type: transactions need an SQL driver. */
export interface ThisDriverHasNoTransactions {
  readonly [never]: 'This driver cannot enqueue inside a transaction: use an SQL driver.'
}
