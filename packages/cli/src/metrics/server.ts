import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Tasq } from '@tasq/core'
import type { Registry } from 'prom-client'
import { PortUnavailableError } from '../errors.ts'
import { packageVersion } from '../version.ts'
import { Backlog, type BacklogOptions } from './backlog.ts'
import { metricsRegistry } from './registry.ts'
import type { MetricsSource } from './source.ts'

/** What is served, and where. */
export interface ServeMetricsOptions extends BacklogOptions {
  /** The app whose backend is asked what its queues hold. */
  readonly tasq: Pick<Tasq, 'queue' | 'driver'>
  readonly source: MetricsSource
  /** 0 takes any that is free. */
  readonly port: number
  /** The address to listen at. @default '0.0.0.0': a scraper is on another machine */
  readonly host?: string | undefined
}

/** A server that is listening. */
export interface MetricsServer {
  readonly port: number
  /** Such as `http://0.0.0.0:9464`. */
  readonly url: string
  /** Ends it; scrapes under way are cut off. */
  close(): Promise<void>
}

/**
 * Serves `/metrics` for Prometheus, `/healthz` (503 with the reasons while what it serves is unhealthy) and `/readyz` (503 unless it
 * takes tasks). Close it after the worker has stopped, so that both are told until the end.
 * @throws PortUnavailableError where the port is taken, or may not be used.
 */
export async function serveMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  const { tasq, source, port, host = '0.0.0.0' } = options
  const registry = metricsRegistry({
    source,
    backlog: new Backlog(tasq, source.queues, options),
    driver: tasq.driver.name,
    version: packageVersion(),
  })
  const server = createServer((request, response) => {
    void answer(request, response, { registry, source })
  })
  await listen(server, port, host)
  server.unref() // it ends with what it serves
  const address = server.address() as AddressInfo // it listens at a port
  const named = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    port: address.port,
    url: `http://${named}:${address.port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new PortUnavailableError(port, host, error)))
    server.listen({ port, host }, resolve)
  })
}

interface Served {
  readonly registry: Registry
  readonly source: MetricsSource
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const { status, type, body } = await answerTo(request, served).catch(failed)
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answerTo({ method, url = '/' }: IncomingMessage, served: Served): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET is answered.\n')
  switch (url.split('?', 1)[0]) {
    case '/metrics': {
      const { registry } = served
      return { status: 200, type: registry.contentType, body: await registry.metrics() }
    }
    case '/healthz':
      return healthz(served.source)
    case '/readyz':
      return readyz(served.source)
    default:
      return text(404, 'There is /metrics, /healthz and /readyz.\n')
  }
}

/** Only what can't go on by itself is unhealthy: a supervisor that restarts on 503 is not to do so for a late renewal. */
function healthz(source: MetricsSource): Answer {
  const { status, reasons, state } = source.health()
  return json(status === 'unhealthy' ? 503 : 200, { status, state, reasons })
}

/** A paused worker has stopped taking tasks because it was told to, and is ready for the order that ends it. */
function readyz(source: MetricsSource): Answer {
  const { reasons, state } = source.health()
  const isReady = state === 'running' || state === 'paused'
  return json(isReady ? 200 : 503, { ready: isReady, state, reasons })
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body }
}

function failed(error: unknown): Answer {
  return text(500, `${error instanceof Error ? error.message : String(error)}\n`)
}
