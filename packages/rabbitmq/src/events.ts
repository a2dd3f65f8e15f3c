import type { TasqError } from '@tasq/core/driver'

/** Messages go out on one connection and come in on the other, so that an alarm of the server stops only the former. */
export type ConnectionRole = 'publish' | 'consume'

/** What happened to one of the connections. */
export type ConnectionEvent =
  | { readonly kind: 'connected'; readonly connection: ConnectionRole }
  /** It is made anew by itself. */
  | { readonly kind: 'lost'; readonly connection: ConnectionRole; readonly error: TasqError }
  /** The server takes no messages, because of an alarm for memory or disk. */
  | { readonly kind: 'blocked'; readonly connection: ConnectionRole; readonly reason: string }
  | { readonly kind: 'unblocked'; readonly connection: ConnectionRole }
  /** The server has closed a channel; it is opened again by itself. What was held on it is delivered again. */
  | { readonly kind: 'channelClosed'; readonly connection: ConnectionRole; readonly error: TasqError }

/** What one connection is like now. `unused`: nothing has needed it yet. */
export type ConnectionState = 'unused' | 'connecting' | 'connected' | 'blocked'

/** What both connections are like now. */
export interface RabbitmqStatus {
  readonly publish: ConnectionState
  readonly consume: ConnectionState
}
