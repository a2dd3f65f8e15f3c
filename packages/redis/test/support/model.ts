import type { TaskState } from '@tasq/core/driver'
import type { Held } from '@tasq/testkit/conformance'

export interface ModelTask {
  readonly id: string
  priority: number
  /** Its place among all that ever became ready. */
  order: number
  state: TaskState | 'dead'
  /** Attempts before the one that goes on. */
  attempts: number
  held: Held | undefined
}

/** What a queue has in it, as plainly as it can be said. */
export class Model {
  readonly tasks = new Map<string, ModelTask>()
  readonly dead: ModelTask[] = []
  #order = 0

  makeReady(task: ModelTask): void {
    task.state = 'ready'
    task.order = ++this.#order
  }

  in(state: ModelTask['state']): readonly ModelTask[] {
    return [...this.tasks.values()].filter((task) => task.state === state)
  }

  get claimOrder(): readonly ModelTask[] {
    return [...this.in('ready')].sort((a, b) => b.priority - a.priority || a.order - b.order)
  }

  bury(task: ModelTask): void {
    this.tasks.delete(task.id)
    const before = this.dead.findIndex(({ id }) => id === task.id)
    if (before >= 0) this.dead.splice(before, 1)
    this.dead.push(task)
  }
}

/** Numbers that look random, the same for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

export function idsOf(tasks: readonly ModelTask[]): readonly string[] {
  return tasks.map(({ id }) => id)
}
