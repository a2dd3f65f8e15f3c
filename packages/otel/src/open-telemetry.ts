import { context as contexts } from '@opentelemetry/api'
import type { AttemptMiddleware, EnqueueMiddleware, Middleware } from '@tasq/core'
import { type AttemptOutcome, errorTypeOf, outcomeOfReturned, outcomeOfThrown } from './attempt-outcome.ts'
import { Metering } from './metering.ts'
import { checkOptions, type OpenTelemetryOptions } from './options.ts'
import { SeriesOf } from './series.ts'
import { Tracing } from './tracing.ts'

/**
 * Traces and metrics of every enqueue and every attempt; put it first, so that it is around all other middleware.
 * @throws InvalidOptionError where a provider is none.
 * @example
 * createTasq({ driver, tasks, middleware: [openTelemetry()] })
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Middleware {
  checkOptions(options)
  const tracing = new Tracing(options)
  return { enqueue: aroundEnqueue(tracing, options), attempt: aroundAttempt(tracing, options) }
}

function aroundEnqueue(tracing: Tracing, { meterProvider }: OpenTelemetryOptions): EnqueueMiddleware {
  const seriesOf = new SeriesOf('send')
  const metering = meterProvider === false ? undefined : new Metering('send', meterProvider, seriesOf)
  return async (context, next) => {
    const series = seriesOf.get(context.queue, context.task)
    const startedAt = performance.now()
    const started = tracing.startSend(context, series)
    try {
      const answer = await contexts.with(started.context, next)
      tracing.sent(started, answer)
      const errorType = answer.status === 'rejected' ? answer.error.code : undefined
      metering?.ended(series, performance.now() - startedAt, errorType)
      return answer
    } catch (error) {
      const errorType = errorTypeOf(error)
      tracing.failed(started.span, error, errorType)
      metering?.ended(series, performance.now() - startedAt, errorType)
      throw error
    }
  }
}

function aroundAttempt(tracing: Tracing, { meterProvider }: OpenTelemetryOptions): AttemptMiddleware {
  const seriesOf = new SeriesOf('process')
  const metering = meterProvider === false ? undefined : new Metering('process', meterProvider, seriesOf)
  return async (context, _input, next) => {
    const series = seriesOf.get(context.queue, context.task)
    const startedAt = performance.now()
    const started = tracing.startProcess(context, series)
    const end = (outcome: AttemptOutcome) => {
      tracing.processed(started, outcome)
      const errorType = outcome.kind === 'failed' ? outcome.errorType : undefined
      metering?.ended(series, performance.now() - startedAt, errorType)
    }
    try {
      const returned = await contexts.with(started.context, next)
      end(outcomeOfReturned(returned))
      return returned
    } catch (error) {
      end(outcomeOfThrown(context, error))
      throw error
    }
  }
}
