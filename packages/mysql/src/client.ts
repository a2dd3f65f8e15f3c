// The shape of mysql2, as much of it as is used: another copy of it, or another version, will do.

/** What one query is, for `query` of a connection. */
export interface QueryRequest {
  readonly sql: string
  readonly rowsAsArray?: boolean
  readonly namedPlaceholders?: boolean
  // biome-ignore lint/suspicious/noExplicitAny: mysql2 has a type of its own for it, which differs between its versions.
  readonly typeCast?: any
}

export type QueryCallback = (error: Error | null, result: unknown) => void

/** A connection with callbacks, such as `createConnection` of mysql2 gives. */
export interface CallbackConnection {
  query(request: QueryRequest, callback: QueryCallback): unknown
  promise(): unknown
}

/** A connection with promises, such as `createConnection` of mysql2/promise gives. */
export interface PromiseConnection {
  readonly connection: object
  query(sql: string): Promise<unknown>
}

/** A connection that goes back to its pool. */
export interface PooledConnection extends CallbackConnection {
  release(): void
  destroy(): void
}

/** A pool with callbacks, such as `createPool` of mysql2 gives. */
export interface CallbackPool {
  // biome-ignore lint/suspicious/noExplicitAny: the types of connections differ between versions of mysql2; ours is checked when it is used.
  getConnection(callback: (error: any, connection: any) => void): void
}

/** A pool with promises, such as `createPool` of mysql2/promise gives. */
export interface PromisePool {
  readonly pool: CallbackPool
  getConnection(): Promise<object>
}

export type MysqlPool = CallbackPool | PromisePool

export function isCallbackConnection(candidate: unknown): candidate is CallbackConnection {
  return hasMethods(candidate, 'query', 'promise') && !('getConnection' in candidate)
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
