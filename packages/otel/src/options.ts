import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { InvalidOptionError } from '@tasq/core'

/** What is told, and to whom. */
export interface OpenTelemetryOptions {
  /** Makes the spans; `false` makes none. @default the global one, which an SDK registers */
  readonly tracerProvider?: TracerProvider | false | undefined
  /** Takes the measurements; `false` measures nothing. @default the global one, which an SDK registers before the first task */
  readonly meterProvider?: MeterProvider | false | undefined
  /** Writes the trace into a task's headers, and reads it there. @default the global one, or W3C Trace Context where none is registered */
  readonly propagator?: TextMapPropagator | undefined
  /**
   * How the span of an attempt belongs to that of its enqueue. `child`: both are in one trace. `link`: each attempt begins a trace of its own
   * and links to that of its enqueue, for tasks that wait for long or fan out widely.
   * @default 'child'
   */
  readonly attempts?: 'child' | 'link' | undefined
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function checkOptions({
  tracerProvider,
  meterProvider,
  propagator,
  attempts,
}: OpenTelemetryOptions): void {
  refuseUnless('tracerProvider', tracerProvider, 'getTracer', 'a TracerProvider of OpenTelemetry, or false')
  refuseUnless('meterProvider', meterProvider, 'getMeter', 'a MeterProvider of OpenTelemetry, or false')
  if (propagator !== undefined) {
    refuseUnless('propagator', propagator, 'extract', 'a TextMapPropagator of OpenTelemetry')
  }
  if (attempts !== undefined && !['child', 'link'].includes(attempts)) {
    throw new InvalidOptionError('attempts', attempts, "'child' or 'link'")
  }
}

function refuseUnless(option: string, value: unknown, method: string, allowed: string): void {
  if (value === undefined || (value === false && allowed.endsWith('false'))) return
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, method) : undefined
  if (typeof found !== 'function') throw new InvalidOptionError(option, value, allowed)
}
