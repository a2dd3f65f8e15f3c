import type { EnqueueCall, ReserveCall, Settlement } from '@tasq/core/driver'
import type { RabbitmqDriver } from '../../src/index.ts'

/** The same driver, whose queues are noted, because the server has no list of them for us. */
export function noting(queues: Set<string>, driver: RabbitmqDriver): RabbitmqDriver {
  const { enqueue, reserve, settle } = driver
  return Object.assign(driver, {
    enqueue: (call: EnqueueCall) => {
      for (const { envelope } of call.tasks) queues.add(envelope.queue)
      return enqueue.call(driver, call)
    },
    reserve: (call: ReserveCall) => {
      for (const { name } of call.queues) queues.add(name)
      return reserve.call(driver, call)
    },
    settle: (settlements: readonly Settlement[]) => {
      const completed = settlements.filter((settlement) => settlement.kind === 'complete')
      for (const { followUps = [] } of completed)
        for (const { envelope } of followUps) queues.add(envelope.queue)
      return settle.call(driver, settlements)
    },
  })
}
