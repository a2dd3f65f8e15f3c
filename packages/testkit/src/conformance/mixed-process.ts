import { createTasq, type StoreDriver } from '@tasq/core'
import type { Clock, Driver } from '@tasq/core/driver'
import type { DriverOperation } from '../driver-operation.ts'
import { type FaultyDriver, faulty } from '../faulty-driver.ts'
import { intercept } from '../intercept.ts'

/** A step of a mixed driver: an operation of one of its two parts. */
export interface Step {
  readonly part: 'broker' | 'store'
  readonly operation: DriverOperation
}

/** One process with a broker and a store. */
export interface MixedProcess {
  readonly driver: Driver
  /** Its lines to both. */
  readonly lines: readonly FaultyDriver<Driver>[]
  readonly broker: FaultyDriver<Driver>
  readonly store: FaultyDriver<StoreDriver>
  /** Stands still for ever once this step was taken the nth time: it happens, and the process never hears of it. */
  dieAfter(step: Step, nth?: number): void
  /** Whether it has died. */
  readonly isDead: boolean
}

const OPERATIONS = ['enqueue', 'reserve', 'extend', 'settle'] as const
const FACETS = { ledger: ['admit'], coordination: ['write'] } as const

export function mixedProcess(broker: Driver, store: StoreDriver, clock: Clock): MixedProcess {
  let fatal: (Step & { left: number }) | undefined
  let isDead = false
  const die = () => {
    isDead = true
    for (const line of lines) line.faults.disconnect({ silently: true })
  }
  const watch = (part: Step['part'], operation: string) => {
    if (fatal?.part !== part || fatal.operation !== operation || isDead) return
    if (--fatal.left === 0) die()
  }
  const brokerLine = faulty(
    watched(broker, (operation) => watch('broker', operation)),
    { clock },
  )
  const storeLine = faulty(
    watched(store, (operation) => watch('store', operation)),
    { clock },
  )
  const lines = [brokerLine, storeLine]
  const { driver } = createTasq({ driver: brokerLine, store: storeLine, clock })
  return {
    driver,
    lines,
    broker: brokerLine,
    store: storeLine,
    dieAfter: (step, nth = 1) => {
      fatal = { ...step, left: nth }
    },
    get isDead() {
      return isDead
    },
  }
}

/** Tells of each call when it has been sent. */
function watched<D extends Driver>(driver: D, onSent: (operation: string) => void): D {
  const run = (operation: string, args: readonly unknown[], call: (args: readonly unknown[]) => unknown) => {
    const answer = call(args)
    onSent(operation)
    return answer
  }
  const replaced = new Map<PropertyKey, unknown>()
  for (const name of ['ledger', 'coordination'] as const) {
    const facet: object | undefined = driver[name]
    if (facet === undefined) continue
    const ofFacet: typeof run = (operation, args, call) => run(`${name}.${operation}`, args, call)
    replaced.set(name, intercept(facet, FACETS[name], ofFacet))
  }
  return intercept(driver, OPERATIONS, run, replaced)
}
