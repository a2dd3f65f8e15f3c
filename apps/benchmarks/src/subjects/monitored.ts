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

const EVENTS = Object.keys({
  'task:enqueued': 0,
  'task:started': 0,
  'task:completed': 0,
  'task:failed': 0,
  'task:retrying': 0,
  'task:dead': 0,
  'task:expired': 0,
  'task:cancelled': 0,
  'task:released': 0,
  'task:progress': 0,
  'task:log': 0,
  'task:lost': 0,
  'task:recovered': 0,
  'task:stuck': 0,
  'task:unconfirmed': 0,
  'schedule:fired': 0,
  'schedule:missed': 0,
  'worker:online': 0,
  'worker:paused': 0,
  'worker:resumed': 0,
  'worker:offline': 0,
  'worker:heartbeat': 0,
  'queue:paused': 0,
  'queue:resumed': 0,
  'pool:scaled': 0,
  'pool:crashed': 0,
  'pool:error': 0,
  'control:error': 0,
  'worker:error': 0,
  'worker:late': 0,
  'worker:blocked': 0,
  'client:retry': 0,
  'hook:error': 0,
  'events:dropped': 0,
  'redact:error': 0,
  'listener:error': 0,
} satisfies Record<TasqEventName, 0>) as readonly TasqEventName[]

const eventsHeard = { count: 0 }

/** A listener of every event, as a program that logs or counts them has. */
export function listenToAll(tasq: Pick<Tasq, 'events'>): void {
  for (const name of EVENTS) {
    tasq.events.on(name, () => {
      eventsHeard.count++
    })
  }
}
