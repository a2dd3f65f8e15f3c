import { context, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { createTasq, type TaskDefinition } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { expect, onTestFinished } from 'vitest'
import { type OpenTelemetryOptions, openTelemetry } from '../../src/index.ts'

// The one that every SDK for Node registers; for all tests of this process.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

/** What an SDK has been told. */
export function recorder() {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(async () => {
    await tracerProvider.shutdown()
    await meterProvider.shutdown()
  })
  const spans = () => exporter.getFinishedSpans()
  return {
    tracerProvider,
    meterProvider,
    /** For spans of a test's own. */
    tracer: tracerProvider.getTracer('test'),
    spans,
    named: (name: string) => spans().filter((span) => span.name === name),
    one: (name: string) => {
      const found = spans().filter((span) => span.name === name)
      expect(found).toHaveLength(1)
      return found[0] as ReadableSpan
    },
    /** The points of a metric as they are now; none where there is no such metric. */
    points: async (name: string) => {
      metricExporter.reset()
      await reader.forceFlush()
      return metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({ unit: descriptor.unit, attributes, value })),
        )
    },
  }
}

/** An app in this process whose traces and metrics are recorded. */
export function traced<const Tasks extends readonly TaskDefinition[]>(
  tasks: Tasks,
  options: Partial<OpenTelemetryOptions> = {},
) {
  const recorded = recorder()
  const { tracerProvider, meterProvider } = recorded
  const middleware = [openTelemetry({ tracerProvider, meterProvider, ...options })]
  const tasq = createTasq({ driver: memory(), tasks, middleware })
  onTestFinished(() => tasq.close())
  return {
    ...recorded,
    tasq,
    /** Works until nothing is left that is due. */
    work: async () => await tasq.worker({ workerId: 'w1', stopWhenEmpty: true, pollInterval: 20 }).run(),
  }
}

/** Which span a span is in. */
export function parentOf(span: ReadableSpan | undefined): string | undefined {
  return span?.parentSpanContext?.spanId
}

export function idOf(span: ReadableSpan | undefined): string | undefined {
  return span?.spanContext().spanId
}

export function traceOf(span: ReadableSpan | undefined): string | undefined {
  return span?.spanContext().traceId
}

export { context, SpanKind, trace }
