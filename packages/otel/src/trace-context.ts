import {
  type Context,
  createTraceState,
  isSpanContextValid,
  propagation,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api'
import { EMPTY_CONTEXT } from './chained-context.ts'

const TRACEPARENT = 'traceparent'
const TRACESTATE = 'tracestate'
/** Version, trace, span and flags; what a later version may add behind them is left alone. */
const FORMAT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/

type Headers = Readonly<Record<string, string>>

/** W3C Trace Context, for programs that register no propagator: https://www.w3.org/TR/trace-context/ */
export const w3c: TextMapPropagator = {
  inject: (context, carrier, setter) => {
    const span = trace.getSpanContext(context)
    if (span === undefined || !isSpanContextValid(span)) return
    const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0')
    setter.set(carrier, TRACEPARENT, `00-${span.traceId}-${span.spanId}-${flags}`)
    const state = span.traceState?.serialize()
    if (state !== undefined && state !== '') setter.set(carrier, TRACESTATE, state)
  },
  extract: (context, carrier, getter) => {
    const parent = first(getter.get(carrier, TRACEPARENT))
    if (parent === undefined || !FORMAT.test(parent)) return context
    const state = first(getter.get(carrier, TRACESTATE))
    const span: SpanContext = {
      traceId: parent.slice(3, 35),
      spanId: parent.slice(36, 52),
      traceFlags: Number.parseInt(parent.slice(53, 55), 16),
      isRemote: true,
    }
    if (state !== undefined) span.traceState = createTraceState(state)
    return trace.setSpanContext(context, span)
  },
  fields: () => [TRACEPARENT, TRACESTATE],
}

function first(value: undefined | string | string[]): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

const setter: TextMapSetter<Record<string, string>> = {
  set: (headers, key, value) => {
    headers[key] = value
  },
}

const getter: TextMapGetter<Headers> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, key) => headers[key],
}

/** Writes the context into the headers of a task. */
export function inject(
  propagator: TextMapPropagator,
  context: Context,
  headers: Record<string, string>,
): void {
  propagator.inject(context, headers, setter)
}

/**
 * What the headers say, and nothing of the context that happens to be active: loops of a worker run in that of whoever started it, to which
 * its tasks do not belong.
 */
export function extract(propagator: TextMapPropagator, headers: Headers): Context {
  return propagator.extract(EMPTY_CONTEXT, headers, getter)
}

/** An SDK may register its propagator after an app was made, so it is looked up each time. */
export function globalOrW3c(): TextMapPropagator {
  return propagation.fields().length === 0 ? w3c : GLOBAL
}

const GLOBAL: TextMapPropagator = {
  inject: (context, carrier, to) => propagation.inject(context, carrier, to),
  extract: (context, carrier, from) => propagation.extract(context, carrier, from),
  fields: () => propagation.fields(),
}

/**
 * The trace that a task was enqueued in. A handler that runs in a thread or a process of its own is outside of the span of its attempt,
 * which is in the worker; its own spans come into the same trace by this.
 * @example
 * export default (input, task) => context.with(traceContextOf(task), () => resize(input))
 */
export function traceContextOf(
  { headers }: { readonly headers: Headers },
  propagator: TextMapPropagator = globalOrW3c(),
): Context {
  return extract(propagator, headers)
}
