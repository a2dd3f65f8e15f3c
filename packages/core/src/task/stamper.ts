import type { App } from '../app.ts'
import { requireFitting } from '../codec/payload-limit.ts'
import type { NewTask } from '../contract/enqueue.ts'
import type { Envelope } from '../contract/envelope.ts'
import { UnsupportedError } from '../errors.ts'
import { taskId } from '../runtime/ids.ts'
import { type EnqueueOptions, resolveTimes, withErrorKinds } from './enqueue-options.ts'
import type { Enqueueable } from './enqueueable.ts'
import { withGroup } from './group.ts'
import { refuseUnknownOfEnqueue } from './option-names.ts'
import {
  type ResolvedTaskOptions,
  resolveTaskOptions,
  type TaskOptions,
  taskDefaults,
} from './task-options.ts'
import { resolveUnique } from './unique-options.ts'

const NO_OPTIONS: EnqueueOptions<unknown> = Object.freeze({})

/** Makes of an input what is stored: encodes it, and stamps it with its id, its options and its times. */
class Stamper {
  readonly #app: App
  readonly #resolved = new WeakMap<Enqueueable, ResolvedTaskOptions>()

  constructor(app: App) {
    this.#app = app
  }

  /** The queue that tasks of this definition go to where a call says nothing else. */
  queueOf(definition: Enqueueable): string {
    return this.#resolve(definition, undefined).queue
  }

  /**
   * @param input what the schema has accepted.
   * @throws InvalidOptionError, EncodeError, PayloadTooLargeError, UnsupportedError
   */
  stamp(
    definition: Enqueueable,
    input: unknown,
    options: EnqueueOptions<unknown> | undefined,
    id: string = taskId(this.#app.clock.now()),
  ): NewTask {
    const { driver, codecs, middleware } = this.#app
    const resolved = this.#resolve(definition, options)
    const payload = codecs.encode(input, `the input of task '${definition.name}'`)
    requireFitting(payload, `The input of task '${definition.name}'`, this.#app)
    const unique = options === undefined ? undefined : resolveUnique(options)
    this.#refuseUnkept(unique !== undefined, resolved.keepResultMs !== undefined)
    const said = withGroup(options?.headers, options?.group)
    const headers = middleware.length > 0 ? { ...said } : said
    const envelope: Envelope = {
      formatVersion: 1,
      id,
      task: definition.name,
      queue: resolved.queue,
      payload,
      priority: resolved.priority,
      leaseMs: resolved.leaseMs,
      policy: resolved.policy,
      headers,
      keepResultMs: resolved.keepResultMs,
      unique,
    }
    return resolveTimes(envelope, options ?? NO_OPTIONS, resolved.expiresInMs, driver.limits)
  }

  /** What this driver would not keep is refused, and not forgotten. */
  #refuseUnkept(hasUniqueKey: boolean, keepsResult: boolean): void {
    const { driver } = this.#app
    const remedy =
      'Put a store beside it: createTasq({ driver, store: postgres(…) }); docs/mixing.md tells more.'
    if (hasUniqueKey && driver.limits.fence === 'delivery') {
      throw new UnsupportedError(driver.name, 'unique keys', remedy)
    }
    if (keepsResult && driver.results === undefined)
      throw new UnsupportedError(driver.name, 'results', remedy)
  }

  /** Options of the definition are resolved once; a call that says nothing else shares them, policy included. */
  #resolve(definition: Enqueueable, options: EnqueueOptions<unknown> | undefined): ResolvedTaskOptions {
    let shared = this.#resolved.get(definition)
    if (shared === undefined) {
      shared = resolveTaskOptions(this.#layers([definition.options]))
      this.#resolved.set(definition, shared)
    }
    if (options === undefined) return shared
    refuseUnknownOfEnqueue(options)
    const own = resolveTaskOptions(this.#layers([options, definition.options]))
    const hasOwnPolicy =
      options.retry !== undefined ||
      options.timeout !== undefined ||
      own.policy.deadLetterMs !== shared.policy.deadLetterMs
    return { ...own, policy: hasOwnPolicy ? withErrorKinds(own.policy, options.retry) : shared.policy }
  }
  /** Options from near to far; what the app keeps in the queue that they name stands behind them all. */
  #layers(near: readonly TaskOptions[]): readonly TaskOptions[] {
    const { defaults, kept } = this.#app
    const layers = [...near, defaults]
    if (kept === undefined) return layers
    const queue = layers.find((layer) => layer.queue !== undefined)?.queue ?? taskDefaults.queue
    return [...layers, kept.of(queue).defaults]
  }
}

const stampers = new WeakMap<App, Stamper>()

/** The one of an app: its client and its workers share it. */
export function stamperOf(app: App): Stamper {
  let stamper = stampers.get(app)
  if (stamper === undefined) {
    stamper = new Stamper(app)
    stampers.set(app, stamper)
  }
  return stamper
}
