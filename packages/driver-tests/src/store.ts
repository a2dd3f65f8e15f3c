import type { Driver, Inspection, Recovery, Results } from '@tasq/core/driver'
import type { CuttableProxy } from '@tasq/test-support'
import type { PrivateServer } from '@tasq/test-support/servers'

/** What these tests need of a driver. */
export interface TestedDriver extends Driver {
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
}

/** How a process of its own makes a driver: `(await import(module))[factory](options)`. */
export interface DriverRecipe {
  /** The address of the built package. */
  readonly module: string
  /** The name of its export. */
  readonly factory: string
  /** As JSON. */
  readonly options: unknown
}

/** An empty backend of its own for one test. */
export interface DriverStore {
  readonly recipe: DriverRecipe
  /** A new connection in this process. */
  driver(): TestedDriver
}

/** A backend that tests may harm: a server of its own for the running test, whose data outlives `server.kill()`. */
export interface FaultyStore {
  readonly server: PrivateServer
  readonly proxy: CuttableProxy
  /** A driver that is connected to the server itself. */
  driver(): TestedDriver
  /** A driver that is connected by the proxy. */
  proxied(): TestedDriver
  /** Lets the server end the connections of all drivers. */
  cutConnections(): Promise<void>
}
