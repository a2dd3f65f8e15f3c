import type { ExtendAnswer, Extension } from '@tasq/core/driver'
import type { Backend } from './backend.ts'

/**
 * The server leases nothing by time: what is held stays so while its channel is open. So a renewal asks whether it is, all the way to the
 * server, and notes for how long somebody cares for the task.
 */
export async function extend(
  backend: Backend,
  extensions: readonly Extension[],
): Promise<readonly ExtendAnswer[]> {
  const intake = backend.openIntake
  const held = extensions.map(({ lease }) => intake?.leases.find(lease))
  if (intake === undefined || held.every((each) => each === undefined)) return extensions.map(() => 'lost')
  await intake.roundTrip().catch(() => undefined)
  return extensions.map(({ lease, leaseMs }) => {
    const still = intake.leases.find(lease)
    if (still === undefined) return 'lost'
    intake.leases.renew(still, leaseMs)
    return 'held'
  })
}
