import * as errors from '../errors.ts'
import { markKinds } from '../retry/carried-kinds.ts'

/** Anything that was thrown, as data that can be sent to and from a thread or process. */
export type CarriedError =
  | {
      readonly kind: 'error'
      readonly name: string
      readonly message: string
      readonly stack: string | undefined
      /** Names of its class and of those that it extends. */
      readonly classes: readonly string[]
      /** Its other properties, as far as they can be sent. */
      readonly fields: Readonly<Record<string, unknown>>
      readonly cause: CarriedError | undefined
      /** Whether it is one of Tasq's own. */
      readonly isTasq: boolean
    }
  | { readonly kind: 'value'; readonly value: unknown }

/** Causes of causes of causes end somewhere. */
const MAX_DEPTH = 8
const OWN: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause'])

export function carry(thrown: unknown, depth = 0): CarriedError {
  if (!(thrown instanceof Error)) return { kind: 'value', value: canBeSent(thrown) ? thrown : String(thrown) }
  const { name, message, stack, cause } = thrown
  return {
    kind: 'error',
    name: String(name),
    message: String(message),
    stack: typeof stack === 'string' ? stack : undefined,
    classes: classesOf(thrown),
    fields: fieldsOf(thrown),
    cause: cause === undefined || depth >= MAX_DEPTH ? undefined : carry(cause, depth + 1),
    isTasq: errors.TasqError.isInstance(thrown),
  }
}

/** The error again: one of Tasq's own is of its class, others are known by the names of theirs. */
export function revive(carried: CarriedError): unknown {
  if (carried.kind === 'value') return carried.value
  const { name, message, stack, fields, cause } = carried
  const error = carried.isTasq ? tasqError(carried) : new Error(message)
  Object.assign(error, fields)
  const hidden = { message, name, stack, ...(cause === undefined ? {} : { cause: revive(cause) }) }
  for (const [key, value] of Object.entries(hidden)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true })
  }
  markKinds(error, carried.classes)
  return error
}

function tasqError({ classes, fields }: Extract<CarriedError, { kind: 'error' }>): Error {
  const { code, nextStep } = fields
  const error = new errors.TasqError(String(code), '', { nextStep: String(nextStep) })
  const known = classes.map((name): unknown => Reflect.get(errors, name)).find(isTasqClass)
  if (known !== undefined) Object.setPrototypeOf(error, known.prototype)
  return error
}

function isTasqClass(value: unknown): value is typeof errors.TasqError {
  return typeof value === 'function' && value.prototype instanceof errors.TasqError
}

function classesOf(error: Error): readonly string[] {
  const names: string[] = []
  for (
    let proto: unknown = Object.getPrototypeOf(error);
    proto instanceof Error;
    proto = Object.getPrototypeOf(proto)
  ) {
    names.push(proto.constructor.name)
  }
  return [...names, 'Error'].filter((name, index, all) => all.indexOf(name) === index)
}

function fieldsOf(error: Error): Readonly<Record<string, unknown>> {
  const fields = Object.entries(error).filter(([key, value]) => !OWN.has(key) && canBeSent(value))
  return Object.fromEntries(fields)
}

function canBeSent(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
