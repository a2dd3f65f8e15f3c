import {
  type Context,
  context as contexts,
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { type EnqueueAnswer, type EnqueueContext, scheduledRun, type TaskContext } from '@tasq/core'
import type { AttemptOutcome } from './attempt-outcome.ts'
import {
  ATTEMPT,
  ENQUEUE_STATUS,
  ERROR_TYPE,
  MESSAGE_ID,
  OUTCOME,
  SCHEDULE,
  SCOPE,
  WORKER_ID,
} from './conventions.ts'
import type { OpenTelemetryOptions } from './options.ts'
import type { Series } from './series.ts'
import { extract, globalOrW3c, inject } from './trace-context.ts'
import { VERSION } from './version.ts'

/** Its delegate is never set, so that nothing is recorded; traces that go through are passed on. */
const NO_TRACES = new ProxyTracerProvider()

/** A span that is under way, and the context in which it is. */
export interface Started {
  readonly span: Span
  readonly context: Context
}

/** The spans around enqueues and attempts. Nothing of a task's input or result gets into them. */
export class Tracing {
  readonly #tracer: Tracer
  readonly #propagator: TextMapPropagator | undefined
  readonly #linksAttempts: boolean

  constructor(options: OpenTelemetryOptions) {
    const { tracerProvider = trace, propagator, attempts } = options
    this.#tracer = (tracerProvider === false ? NO_TRACES : tracerProvider).getTracer(SCOPE, VERSION)
    this.#propagator = propagator
    this.#linksAttempts = attempts === 'link'
  }

  /** An enqueue begins: its trace goes into the headers, unless whoever enqueues has put one there. */
  startSend({ id, headers }: EnqueueContext, { spanName, attributes }: Series): Started {
    const propagator = this.#propagator ?? globalOrW3c()
    const parent = contexts.active()
    const given = contextIn(propagator, headers)
    const options = { kind: SpanKind.PRODUCER, attributes, links: linksTo(given) }
    const span = this.#tracer.startSpan(spanName, options, parent)
    if (span.isRecording()) span.setAttribute(MESSAGE_ID, id)
    const context = trace.setSpan(parent, span)
    if (given === undefined) inject(propagator, context, headers)
    return { span, context }
  }

  sent({ span }: Started, answer: EnqueueAnswer): void {
    if (span.isRecording()) span.setAttribute(ENQUEUE_STATUS, answer.status)
    if (answer.status === 'rejected') this.failed(span, answer.error, answer.error.code)
    else span.end()
  }

  /** An attempt begins. */
  startProcess(task: TaskContext, { spanName, attributes }: Series): Started {
    const sender = extract(this.#propagator ?? globalOrW3c(), task.headers)
    const from = this.#linksAttempts ? trace.getSpanContext(sender) : undefined
    const options = { kind: SpanKind.CONSUMER, attributes, links: linksTo(from) }
    const span = this.#tracer.startSpan(spanName, options, this.#linksAttempts ? ROOT_CONTEXT : sender)
    if (span.isRecording()) describe(span, task)
    return { span, context: trace.setSpan(sender, span) } // baggage stays
  }

  processed({ span }: Started, outcome: AttemptOutcome): void {
    if (span.isRecording()) span.setAttribute(OUTCOME, outcome.kind)
    if (outcome.kind === 'failed') this.failed(span, outcome.error, outcome.errorType)
    else span.end()
  }

  failed(span: Span, error: unknown, errorType: string): void {
    if (span.isRecording()) {
      const message = error instanceof Error ? error.message : String(error)
      span.setAttribute(ERROR_TYPE, errorType)
      span.recordException(error instanceof Error ? error : message)
      span.setStatus({ code: SpanStatusCode.ERROR, message })
    }
    span.end()
  }
}

const NO_LINKS: Link[] = []

function linksTo(context: SpanContext | undefined): Link[] {
  return context === undefined ? NO_LINKS : [{ context }]
}

/** The trace that is in the headers already; most have none at all. */
function contextIn(
  propagator: TextMapPropagator,
  headers: Readonly<Record<string, string>>,
): SpanContext | undefined {
  for (const _ in headers) return trace.getSpanContext(extract(propagator, headers))
  return undefined
}

function describe(span: Span, task: TaskContext): void {
  span.setAttribute(MESSAGE_ID, task.id)
  span.setAttribute(ATTEMPT, task.attempt)
  span.setAttribute(WORKER_ID, task.workerId)
  const run = scheduledRun(task)
  if (run !== undefined) span.setAttribute(SCHEDULE, run.schedule)
}
