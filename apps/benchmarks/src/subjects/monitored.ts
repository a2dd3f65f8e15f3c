import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Middleware, Tasq, TasqEventName } from '@tasq/core'
import { openTelemetry } from '@tasq/otel'
import type { Monitoring } from './subject.ts'

const SAMPLED = 0.01

interface MonitoredApp {
  readonly middleware?: readonly Middleware[]
  readonly publishEvents?: boolean
}

/** What of an app's options makes it tell so much. */
export function monitoredApp(monitoring: Monitoring | undefined): MonitoredApp {
  switch (monitoring) {
    case 'published':
      return { publishEvents: true }
    case 'sampled':
    case 'traced':
      return { middleware: [openTelemetry(sdk(monitoring))] }
    default:
      return {}
  }
}

/** An SDK as a program sets it up; what it exports is dropped, so that the exporter's own work is not in the figures. */
function sdk(monitoring: 'sampled' | 'traced') {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const exporter: SpanExporter = {
    export: (_spans, done) => done({ code: 0 }),
    shutdown: async () => {},
  }
  const root = monitoring === 'sampled' ? new TraceIdRatioBasedSampler(SAMPLED) : new AlwaysOnSampler()
  const tracerProvider = new TracerProvider({
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 60_000 })
  return { tracerProvider, meterProvider: new MeterProvider({ readers: [reader] }) }
}

/** All that are told of a task. */
const EVENTS: readonly TasqEventName[] = [
  'task:enqueued',
  'task:started',
  'task:completed',
  'task:failed',
  'task:retrying',
  'task:dead',
  'task:expired',
  'task:cancelled',
  'task:released',
  'task:progress',
  'task:log',
  'task:lost',
  'task:recovered',
  'task:stuck',
  'task:unconfirmed',
]

const eventsHeard = { count: 0 }

/** A listener of every event, as a program that logs or counts them has. */
export function listenToAll(tasq: Pick<Tasq, 'events'>): void {
  for (const name of EVENTS) {
    tasq.events.on(name, () => {
      eventsHeard.count++
    })
  }
}
