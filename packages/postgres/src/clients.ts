// What this package needs of pg: shapes, so that your own pool and your own clients do, whichever copy of pg made them.

/** A query as pg takes it. */
export interface PostgresQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly name?: string
  readonly rowMode?: 'array'
  readonly types?: { getTypeParser(type: number, format?: unknown): (value: string) => unknown }
}

/** What a query gives, as much of it as is used. */
export interface PostgresResult {
  readonly rows: readonly unknown[]
}

/** A client of pg, connected: a `Client`, or a `PoolClient` that you have taken from a pool. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>
}

/** A client that a pool has given. */
export interface PostgresPoolClient extends PostgresClient {
  /** Gives it back; with `true` its connection is closed. */
  release(destroy?: boolean): void
  on(event: 'error' | 'notification' | 'end', listener: (argument?: unknown) => void): unknown
  removeListener(event: 'error' | 'notification' | 'end', listener: (argument?: unknown) => void): unknown
}

/** A `Pool` of pg. */
export interface PostgresPool {
  connect(): Promise<PostgresPoolClient>
  readonly options?: { readonly max?: number | undefined }
}

/** A pool counts its clients, and a client does not; else the two have the same methods. */
export function isPool(candidate: unknown): candidate is PostgresPool {
  return hasMethod(candidate, 'connect') && hasMethod(candidate, 'query') && 'totalCount' in candidate
}

export function isClient(candidate: unknown): candidate is PostgresClient {
  return hasMethod(candidate, 'query') && !isPool(candidate)
}

export function hasMethod<Name extends string>(
  candidate: unknown,
  name: Name,
): candidate is Record<Name, (...parameters: never) => unknown> {
  const isObject = typeof candidate === 'object' && candidate !== null
  return isObject && name in candidate && typeof Reflect.get(candidate, name) === 'function'
}
