// The shape of mysql2, as much of it as is used: another copy of it, or another version, will do.

/** Enough of a statement to know it by. */
const LONGEST_EXCERPT = 80

/** What one query is, for `query` of a connection. */
export interface QueryRequest {
  readonly sql: string
  readonly rowsAsArray?: boolean
  readonly namedPlaceholders?: boolean
  readonly typeCast?: unknown
}

/** Hears what a query came to. */
export type QueryCallback = (error: Error | null, result: unknown) => void

/** A connection with callbacks, such as `createConnection` of mysql2 gives. */
export interface CallbackConnection {
  query(request: QueryRequest, callback: QueryCallback): unknown
  promise(): unknown
}

/** A connection with promises, such as `createConnection` of mysql2/promise gives. */
export interface PromiseConnection {
  query(request: QueryRequest): Promise<readonly unknown[]>
  beginTransaction(): Promise<void>
}

/** A connection that goes back to its pool. */
export interface PooledConnection extends CallbackConnection {
  release(): void
  destroy(): void
}

/** A pool with callbacks, such as `createPool` of mysql2 gives. */
export interface CallbackPool {
  getConnection(callback: (error: Error | null, connection: PooledConnection) => void): void
}

/** A pool with promises, such as `createPool` of mysql2/promise gives. */
export interface PromisePool {
  readonly pool: CallbackPool
  getConnection(): Promise<object>
}

/** A pool of mysql2 of either kind. */
export type MysqlPool = CallbackPool | PromisePool

export function isCallbackConnection(candidate: unknown): candidate is CallbackConnection {
  return hasMethods(candidate, 'query', 'promise') && !('getConnection' in candidate)
}

export function isPromiseConnection(candidate: unknown): candidate is PromiseConnection {
  return hasMethods(candidate, 'query', 'beginTransaction') && !('getConnection' in candidate)
}

/** Of a pool of either kind the one with callbacks; `undefined` where it is none. */
export function callbackPool(candidate: unknown): CallbackPool | undefined {
  if (!hasMethods(candidate, 'getConnection')) return undefined
  const inner = 'pool' in candidate ? candidate.pool : undefined
  return (hasMethods(inner, 'getConnection') ? inner : candidate) as CallbackPool
}

export function hasMethods<Name extends string>(
  candidate: unknown,
  ...names: readonly Name[]
): candidate is Record<Name, (...parameters: never[]) => unknown> {
  if (typeof candidate !== 'object' || candidate === null) return false
  return names.every((name) => typeof Reflect.get(candidate, name) === 'function')
}

/** Whether a connection takes several statements in one packet. Where that can't be told, it does not. */
export function takesManyStatements(connection: object): boolean {
  const config: unknown = Reflect.get(connection, 'config')
  return typeof config === 'object' && config !== null && Reflect.get(config, 'multipleStatements') === true
}

/**
 * How columns are read on connections that may be set to read them in other ways: integers as numbers, the rest as mysql2
 * does by itself.
 */
export function plainly(
  field: { readonly type: string; string(): string | null },
  next: () => unknown,
): unknown {
  if (field.type !== 'LONGLONG') return next()
  const digits = field.string()
  return digits === null ? null : Number(digits)
}

/** mysql2 gives the statement with its error: all of it, with the users' data in it, which belongs in no log. */
export function withoutData(error: Error): Error {
  const sql: unknown = Reflect.get(error, 'sql')
  if (typeof sql === 'string') Reflect.set(error, 'sql', sql.slice(0, LONGEST_EXCERPT))
  return error
}
