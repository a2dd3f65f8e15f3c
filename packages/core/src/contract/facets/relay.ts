/** Publishes what a store has taken on for a driver; only an app with both has it. */
export interface Relay {
  /**
   * One round: waits up to a second for something to publish, publishes it, and looks after what others left behind.
   * Any number of processes may do so at the same time.
   */
  step(signal: AbortSignal): Promise<void>
}
