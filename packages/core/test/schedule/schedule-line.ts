import type { Coordination } from '../../src/contract/facets/coordination.ts'
import type { Fault, FaultyDriver } from '../support/faulty-driver.ts'

/** One process's calls about schedules, apart from all others about shared records: counted, and broken as a test wants it. */
export class ScheduleLine {
  reads = 0
  writes = 0
  /** The next writes meet these, one each. */
  readonly nextWrites: Fault[] = []
  /** Every further read, or write, meets this one. */
  everyRead: Fault | undefined
  everyWrite: Fault | undefined

  constructor(driver: FaultyDriver) {
    const { read, write } = driver.coordination
    const line: Coordination = {
      read: async (...call) => {
        if (call[0] !== 'schedule') return await read(...call)
        this.reads++
        return await meet(this.everyRead, () => read(...call))
      },
      write: async (call) => {
        if (call.writes[0]?.kind !== 'schedule') return await write(call)
        this.writes++
        return await meet(this.nextWrites.shift() ?? this.everyWrite, () => write(call))
      },
    }
    Object.assign(driver.coordination, line)
  }
}

async function meet<Answer>(fault: Fault | undefined, work: () => Promise<Answer>): Promise<Answer> {
  return await (fault === undefined ? work() : fault(work))
}
