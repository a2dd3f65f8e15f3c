/**
 * Calls that are under way, by their ids. Where answers are claimed in more than one step, the repeat of a call whose answer was lost waits
 * until the first is over: else that one would go on to hold what nobody hears of.
 */
export class RunningCalls {
  readonly #running = new Map<string, Promise<unknown>>()

  async run<Result>(callId: string, work: () => Promise<Result>): Promise<Result> {
    const running = work()
    this.#running.set(callId, running)
    try {
      return await running
    } finally {
      this.#running.delete(callId)
    }
  }

  /** Resolves when the call is over, however it ended; at once where none is under way. */
  async over(callId: string): Promise<void> {
    await this.#running.get(callId)?.catch(() => undefined)
  }
}
