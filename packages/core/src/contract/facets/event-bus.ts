/** What a subscriber is called with. */
export interface EventListener {
  /** A message that some process has published. */
  message(text: string): void
  /** Messages may have been missed: the connection was lost for a while. */
  missed(): void
}

/**
 * Where messages travel. A text is a name of this store's own: what another store on the same server sends under it is not heard. `shared` is
 * the name that the server itself knows the channel by, where it has such names, so that programs other than Tasq may listen.
 */
export type EventChannel = string | { readonly shared: string }

/** Messages from each process to all that listen, by the backend's own means. Best effort: nothing is stored, and some may be lost. */
export interface EventBus {
  /** Most bytes of one message. */
  readonly maxBytes: number
  /** Sends messages to all who listen on the channel, in this process too, in order. */
  publish(channel: EventChannel, messages: readonly string[]): Promise<void>
  /** Listens from now on, and again by itself after a loss of the connection; resolves, once it does, to the way to stop. */
  subscribe(channel: EventChannel, listener: EventListener): Promise<() => Promise<void>>
}
