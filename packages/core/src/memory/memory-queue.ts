import type { PriorityRange } from '../contract/driver.ts'
import type { LiveTask } from './memory-task.ts'

/** The waiting tasks of one queue: ready ones by priority then age, scheduled ones by due time. */
export class MemoryQueue {
  readonly #ready = new Map<number, Fifo>()
  #priorities: number[] = []
  #scheduled: LiveTask[] = []

  pushReady(task: LiveTask): void {
    const { priority } = task.envelope
    let fifo = this.#ready.get(priority)
    if (fifo === undefined) {
      fifo = new Fifo()
      this.#ready.set(priority, fifo)
      this.#priorities = [...this.#ready.keys()].sort((a, b) => b - a)
    }
    fifo.push(task)
  }

  pushScheduled(task: LiveTask): void {
    const position = this.#scheduled.findLastIndex((other) => other.readyAt <= task.readyAt)
    this.#scheduled.splice(position + 1, 0, task)
  }

  /** Makes ready what is due, in the order in which it became due. */
  promote(now: number): void {
    let due = 0
    for (const task of this.#scheduled) {
      if (task.readyAt > now) break
      task.state = 'ready'
      this.pushReady(task)
      due++
    }
    if (due > 0) this.#scheduled.splice(0, due)
  }

  takeReady(range?: PriorityRange): LiveTask | undefined {
    for (const priority of this.#priorities) {
      if (range !== undefined && (priority < range.lowest || priority > range.highest)) continue
      const task = this.#ready.get(priority)?.take()
      if (task !== undefined) return task
    }
    return undefined
  }

  /** When the next scheduled task is due. */
  get nextDue(): number | undefined {
    return this.#scheduled[0]?.readyAt
  }

  /** Takes out a waiting task; one that is not waiting is not here. */
  forget(task: LiveTask): void {
    if (task.state === 'scheduled') this.#scheduled = this.#scheduled.filter((other) => other !== task)
    if (task.state === 'ready') this.#ready.get(task.envelope.priority)?.forget(task)
  }
}

/** First in, first out, without moving what is left at each take. */
class Fifo {
  #tasks: LiveTask[] = []
  #head = 0

  push(task: LiveTask): void {
    this.#tasks.push(task)
  }

  take(): LiveTask | undefined {
    const task = this.#tasks[this.#head]
    if (task === undefined) return undefined
    this.#head++
    if (this.#head > 1_000 && this.#head * 2 > this.#tasks.length) {
      this.#tasks = this.#tasks.slice(this.#head)
      this.#head = 0
    }
    return task
  }

  forget(task: LiveTask): void {
    this.#tasks = this.#tasks.slice(this.#head).filter((other) => other !== task)
    this.#head = 0
  }
}
