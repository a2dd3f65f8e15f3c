import { type Finding, InvalidOptionError, TasqError } from '@tasq/core'
import { nameOf } from './config/names.ts'
import { near } from './config/near.ts'

/** `TASQ_USAGE`: the command line asks for something that can't be. */
export class UsageError extends TasqError {
  constructor(problem: string, nextStep: string, cause?: unknown) {
    super('TASQ_USAGE', problem, { nextStep, cause })
  }
}

/** `TASQ_DRIVER_NOT_INSTALLED`: the package of a driver is not there. */
export class DriverNotInstalledError extends TasqError {
  constructor(driver: string, packageName: string, cause: unknown) {
    super('TASQ_DRIVER_NOT_INSTALLED', `The driver '${driver}' is not installed.`, {
      nextStep: `Install it: npm install ${packageName}`,
      cause,
    })
  }
}

/** `TASQ_TOO_MANY_FAILURES`: a worker has stopped because of `--max-failures`. */
export class TooManyFailuresError extends TasqError {
  constructor(workerId: string, failures: number) {
    super('TASQ_TOO_MANY_FAILURES', `${workerId} has stopped: its last ${failures} attempts have failed.`, {
      nextStep: 'See why above; its tasks are retried, or among the dead letters, as they say themselves.',
    })
  }
}

/** `TASQ_BENCH`: `tasq bench` has no figures to give. */
export class BenchError extends TasqError {
  constructor(problem: string, nextStep: string, cause?: unknown) {
    super('TASQ_BENCH', problem, { nextStep, cause })
  }
}

/** `TASQ_NOT_THERE`: there is no such queue, task, schedule or worker. */
export class NotThereError extends TasqError {
  /** @param known what there is: those of them that are nearly it are named, or all where they are few. */
  constructor(what: 'queue' | 'task' | 'schedule' | 'worker', name: string, known: readonly string[]) {
    const meant = near(name, known)
    const few = known.length > 0 && known.length <= FEW ? `Known: ${known.join(', ')}.` : SEE[what]
    super('TASQ_NOT_THERE', `There is no ${what} '${name}'.`, {
      nextStep: meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : few,
    })
  }
}

const FEW = 10
const SEE = {
  queue: 'See tasq queues; one that holds nothing yet and that no worker serves is not known.',
  task: 'See tasq tasks list; it may have been removed, or finished and its outcome not kept.',
  schedule: 'See tasq schedules.',
  worker: 'See tasq workers; it may have stopped.',
}

/** `TASQ_NO_EFFECT`: what was asked has not come about, or not for all. */
export class NoEffectError extends TasqError {
  constructor(problem: string, nextStep: string) {
    super('TASQ_NO_EFFECT', problem, { nextStep })
  }
}

/** `TASQ_INTERRUPTED`: it was broken off between two steps. */
export class InterruptedError extends TasqError {
  constructor(done: string) {
    super('TASQ_INTERRUPTED', `Broken off: ${done}.`, { nextStep: 'Run it again for the rest.' })
  }
}

/** `TASQ_UNHEALTHY`: `tasq doctor` has found something that does not work. */
export class UnhealthyError extends TasqError {
  constructor(errors: readonly Finding[]) {
    const checks = errors.map(({ subject, check }) => `${subject} ${check}`).join(', ')
    super('TASQ_UNHEALTHY', `Not everything is as it must be: ${checks}.`, {
      nextStep: 'See above what to do about each.',
    })
  }
}

/** `TASQ_MODULE_NOT_LOADED`: a module that the command line names can't be used. */
export class ModuleError extends TasqError {
  constructor(file: string, problem: string, nextStep: string, cause?: unknown) {
    super('TASQ_MODULE_NOT_LOADED', `${file}: ${problem}.`, { nextStep, cause })
  }
}

/** `TASQ_PORT_UNAVAILABLE`: metrics can't be served at this port. */
export class PortUnavailableError extends TasqError {
  constructor(port: number, host: string, cause: Error & { readonly code?: string | undefined }) {
    const where = `${host}:${port}`
    const [problem, nextStep] = PORT_PROBLEMS[cause.code ?? ''] ?? [
      cause.message,
      'Name another port or host.',
    ]
    super('TASQ_PORT_UNAVAILABLE', `Metrics can't be served at ${where}: ${problem}.`, { nextStep, cause })
  }
}

const PORT_PROBLEMS: Readonly<Record<string, readonly [problem: string, nextStep: string]>> = {
  EADDRINUSE: [
    'something listens there already',
    'Name another port (0 takes any that is free), or end what has it; of several workers on one machine each needs its own.',
  ],
  EACCES: ['this user may not', 'Name a port from 1024 on.'],
  EADDRNOTAVAIL: ['this machine has no such address', 'Name an address of this machine, or 0.0.0.0 for all.'],
  ENOTFOUND: ['no machine has this name', 'Name an address of this machine, or 0.0.0.0 for all.'],
}

/**
 * Core names an option as code does; where a flag, a variable or the config file has set it, the same error in its words.
 * @param keyOf which flag, by the name that commander gives it, has set which option.
 */
export function inFlags(error: unknown, flags: object, keyOf: Readonly<Record<string, string>>): unknown {
  if (!TasqError.isInstance(error) || !('option' in error)) return error
  const key = keyOf[String(error.option)]
  const value: unknown = key === undefined ? undefined : Reflect.get(flags, key)
  if (key === undefined || value === undefined) return error
  const allowed = error.nextStep.replace(/^Use |\.$/g, '')
  return new InvalidOptionError(
    nameOf(flags, key),
    asWritten(value),
    allowed.replace('a number of ms', 'seconds'),
  )
}

/** A rate as the flag has it. */
function asWritten(value: unknown): unknown {
  const isRate = typeof value === 'object' && value !== null && 'tasks' in value && 'per' in value
  return isRate ? `${String(value.tasks)}/${String(value.per)}` : value
}
