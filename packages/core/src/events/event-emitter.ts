import type { TasqEventName, TasqEvents } from './event-map.ts'

/** Called with each event of one name. What it throws is told as `listener:error` and harms nobody. */
export type Listener<Name extends TasqEventName> = (event: TasqEvents[Name]) => void | Promise<void>

/**
 * Events of one process. A listener that throws or rejects harms nobody: it is told as `listener:error`, and
 * as a process warning where nobody listens to that.
 */
export class EventEmitter {
  /** What is told instead of an event. */
  #shown: (<Name extends TasqEventName>(name: Name, event: TasqEvents[Name]) => TasqEvents[Name]) | undefined
  readonly #listeners = new Map<TasqEventName, Set<(event: never) => void | Promise<void>>>()

  /** Calls the listener at each event of this name; gives the way to stop it. */
  on<Name extends TasqEventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => {
      const wasThere = listeners.delete(listener)
      if (wasThere && listeners.size === 0) this.#listeners.delete(name)
    }
  }

  /** Nobody listens to anything: for the hot path, which then need not even ask. */
  get isQuiet(): boolean {
    return this.#listeners.size === 0
  }

  /** Whether anybody listens to it. */
  hears(name: TasqEventName): boolean {
    return this.#listeners.has(name)
  }

  /** Tells the listeners of this name; the event is made only where there are any. */
  emit<Name extends TasqEventName>(name: Name, make: () => TasqEvents[Name]): void {
    const listeners = this.#listeners.get(name)
    if (listeners === undefined) return
    const made = make()
    const event = this.#shown === undefined ? made : this.#shown(name, made)
    for (const listener of [...listeners]) this.#call(name, listener as Listener<Name>, event)
  }

  /** An error that nobody else hears of: an event where somebody listens to it, else a process warning. */
  report<Name extends 'hook:error' | 'redact:error'>(name: Name, event: TasqEvents[Name]): void {
    const what = 'hook' in event ? event.hook : 'redact'
    if (this.#listeners.has(name)) this.emit(name, () => event)
    else warn(`'${what}' of task '${event.task}' failed`, event.error)
  }

  /** From now on, listeners are told what this makes of events. */
  showAs(shown: <Name extends TasqEventName>(name: Name, event: TasqEvents[Name]) => TasqEvents[Name]): void {
    this.#shown = shown
  }

  #call<Name extends TasqEventName>(name: Name, listener: Listener<Name>, event: TasqEvents[Name]): void {
    this.guard(name, () => listener(event))
  }

  /** Calls what users have given for an event: what it throws harms nobody. */
  protected guard(name: string, call: () => void | Promise<void>): void {
    try {
      const pending = call()
      if (pending instanceof Promise) pending.catch((error: unknown) => this.#report(name, error))
    } catch (error) {
      this.#report(name, error)
    }
  }

  #report(event: string, error: unknown): void {
    if (event !== 'listener:error' && this.#listeners.has('listener:error')) {
      this.emit('listener:error', () => ({ event, error }))
    } else {
      warn(`A listener of '${event}' failed`, error)
    }
  }
}

function warn(what: string, error: unknown): void {
  process.emitWarning(`${what}: ${error instanceof Error ? error.stack : String(error)}`, 'TasqWarning')
}
