import { type Delivery, type ReserveCall, RunningCalls } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { Turn } from './reserve.ts'

/** Reserves, and what to say where the answer to one was lost. */
export class Reserver {
  readonly #backend: Backend
  readonly #running = new RunningCalls()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    if (call.repeat) return await this.#repeat(call.callId)
    return await this.#running.run(call.callId, () => this.#claim(call))
  }

  async #claim(call: ReserveCall): Promise<readonly Delivery[]> {
    const intake = await this.#backend.intake()
    await this.#backend.declare(call.queues)
    return await new Turn(this.#backend, intake, call).run()
  }

  /** What the call still holds; where it is still under way, its end is near. */
  async #repeat(callId: string): Promise<readonly Delivery[]> {
    await this.#running.over(callId)
    const held = this.#backend.openIntake?.leases.heldBy(callId) ?? []
    return held.map(({ delivery }) => delivery)
  }
}
