import { fileURLToPath } from 'node:url'
import { PrivateServer } from './private-server.ts'

export interface SqsOptions {
  /** Whether its queues and messages outlive its process. @default false */
  readonly durable?: boolean
}

export interface SqsServer {
  readonly server: PrivateServer
  /** What a client may use there: it takes every key. */
  readonly access: {
    readonly region: string
    readonly endpoint: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
}

const PROGRAM = fileURLToPath(new URL('./sqs-program.ts', import.meta.url))

/** One server that behaves as SQS does, but for some limits that it does not enforce. It comes from npm, so nothing must be installed. */
export async function startSqs({ durable = false }: SqsOptions = {}): Promise<SqsServer> {
  const server = await PrivateServer.start({
    name: 'sqs',
    ready: /takes connections/,
    command: (folder, port) => [
      ...[process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM, String(port)],
      ...(durable ? [folder] : []),
    ],
  })
  const endpoint = `http://127.0.0.1:${server.port}`
  const access = { region: 'eu-test-1', endpoint, accessKeyId: 'key', secretAccessKey: 'secret' }
  return { server, access }
}
