export { observeWorker } from './observe-worker.ts'
export { openTelemetry } from './open-telemetry.ts'
export type { OpenTelemetryOptions } from './options.ts'
export { traceContextOf } from './trace-context.ts'
