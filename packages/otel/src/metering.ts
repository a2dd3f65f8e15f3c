import {
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
  type ObservableCounter,
  ValueType,
} from '@opentelemetry/api'
import { SCOPE } from './conventions.ts'
import type { Series, SeriesOf, Tally } from './series.ts'
import { VERSION } from './version.ts'

/** Bounds in s, as the conventions have them. */
const CLIENT_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Handlers may take longer than what a client waits for. */
const HANDLER_BOUNDS = [...CLIENT_BOUNDS, 30, 60, 300, 900, 3_600]

/** What one kind of operation is counted and timed by. */
interface Names {
  readonly count: string
  readonly counts: string
  readonly duration: string
  readonly times: string
  readonly bounds: readonly number[]
}

const SENT: Names = {
  count: 'messaging.client.sent.messages',
  counts: 'Tasks that were enqueued, or could not be.',
  duration: 'messaging.client.operation.duration',
  times: 'How long enqueues took.',
  bounds: CLIENT_BOUNDS,
}

const PROCESSED: Names = {
  count: 'messaging.client.consumed.messages',
  counts: 'Attempts that ended.',
  duration: 'messaging.process.duration',
  times: 'How long attempts took.',
  bounds: HANDLER_BOUNDS,
}

/**
 * Counts and times operations. Counts are added here and read when they are collected, because an SDK finds the place of each single
 * measurement by a text of all its attributes.
 */
export class Metering {
  readonly #names: Names
  readonly #provider: MeterProvider | undefined
  readonly #series: SeriesOf
  #durations: Histogram | undefined

  constructor(operation: 'send' | 'process', provider: MeterProvider | undefined, series: SeriesOf) {
    this.#names = operation === 'send' ? SENT : PROCESSED
    this.#provider = provider
    this.#series = series
  }

  /** One has ended. */
  ended(series: Series, durationMs: number, errorType: string | undefined): void {
    const tally = errorType === undefined ? series.fine : series.failedWith(errorType)
    tally.count++
    // Made at the first use: an SDK that was registered after the app was made is found.
    this.#durations ??= this.#begin()
    this.#durations.record(durationMs / 1_000, tally.attributes)
  }

  #begin(): Histogram {
    const meter = (this.#provider ?? metrics).getMeter(SCOPE, VERSION)
    const { count, counts, duration, times, bounds } = this.#names
    observe(meter.createObservableCounter(count, countOptions(counts)), this.#series.tallies)
    return histogramOf(meter, duration, times, bounds)
  }
}

function countOptions(description: string) {
  return { description, unit: '{message}', valueType: ValueType.INT }
}

function observe(counter: ObservableCounter, tallies: readonly Tally[]): void {
  counter.addCallback((result) => {
    for (const { count, attributes } of tallies) if (count > 0) result.observe(count, attributes)
  })
}

function histogramOf(meter: Meter, name: string, description: string, bounds: readonly number[]): Histogram {
  return meter.createHistogram(name, {
    description,
    unit: 's',
    advice: { explicitBucketBoundaries: [...bounds] },
  })
}
