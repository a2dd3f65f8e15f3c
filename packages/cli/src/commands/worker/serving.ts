import type { Tasq } from '@tasq/core'
import { InvalidOptionError } from '@tasq/core'
import { nameOf } from '../../config/names.ts'
import { UsageError } from '../../errors.ts'
import type { MetricsServer } from '../../metrics/server.ts'
import type { MetricsSource } from '../../metrics/source.ts'
import type { WorkerFlags } from './options.ts'

/**
 * Refuses what can't be served.
 * @throws UsageError, InvalidOptionError
 */
export function checkServing(flags: WorkerFlags): void {
  const { metricsPort, metricsHost } = flags
  if (metricsPort === undefined && metricsHost !== undefined) {
    throw new UsageError(
      `${nameOf(flags, 'metricsHost')} has no effect without a port.`,
      'Give --metrics-port too, such as 9464.',
    )
  }
  if (metricsPort !== undefined && (metricsPort < 0 || metricsPort > 65_535)) {
    throw new InvalidOptionError(nameOf(flags, 'metricsPort'), metricsPort, 'an integer from 0 to 65535')
  }
}

/**
 * Serves metrics and health where a port was named; what does it is loaded only then.
 * @throws PortUnavailableError
 */
export async function serve(
  tasq: Tasq,
  source: MetricsSource,
  { metricsPort: port, metricsHost: host }: WorkerFlags,
): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined
  const { serveMetrics } = await import('../../metrics/server.ts')
  return await serveMetrics({ tasq, source, port, host })
}
