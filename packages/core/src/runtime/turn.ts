/**
 * Resolves in the next turn of the event loop. Where a backend answers without one (embedded databases do), everything else
 * in the process, timers and sockets, would wait until there is nothing left to do.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
