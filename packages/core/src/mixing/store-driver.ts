import type { Driver } from '../contract/driver.ts'
import type { Inspection } from '../contract/facets/inspection.ts'
import type { Ledger } from '../contract/facets/ledger.ts'
import type { Recovery } from '../contract/facets/recovery.ts'
import type { Results } from '../contract/facets/results.ts'

/** A driver that can be the store beside a broker: `redis()`, `postgres()`, `mysql()`, `sqlite()`, `memory()`. */
export interface StoreDriver extends Driver {
  readonly ledger: Ledger
  readonly results: Results
  readonly inspection: Inspection
  readonly recovery: Recovery
}
