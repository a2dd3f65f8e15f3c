import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificate } from './certificate.ts'
import { PrivateServer } from './private-server.ts'
import { requireProgram, serverPrograms } from './programs.ts'

export interface RabbitmqOptions {
  /** Lines for its configuration file, such as `consumer_timeout = 1000`. @default none */
  readonly config?: readonly string[]
  /** Whether it takes TLS connections, and no others. @default false */
  readonly tls?: boolean
}

export interface RabbitmqServer {
  readonly server: PrivateServer
  readonly url: string
  /** The certificate that its own is signed by, where it takes TLS; PEM. */
  readonly certificateFile: string
  /** Runs `rabbitmqctl` and resolves to what it prints. It takes about a second. */
  ctl(...args: readonly string[]): Promise<string>
  /** Runs Erlang in the server, where several steps are wanted quickly after one another. */
  evaluate(code: string): Promise<string>
  /** Ends it and all that belongs to it, and removes its data. */
  dispose(): Promise<void>
}

/** Few threads that sleep while there is nothing to do: many servers may run on one small machine. */
const FRUGAL = '-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none'

/** One RabbitMQ, with nothing in it. Its data outlives `stop` and `kill` of its server. */
export async function startRabbitmq({
  config = [],
  tls = false,
}: RabbitmqOptions = {}): Promise<RabbitmqServer> {
  const program = requireProgram(serverPrograms.rabbitmq)
  const names = await startNames()
  const environment = (folder: string, port: number) => environmentOf(folder, port, names.port)
  try {
    const server = await PrivateServer.start({
      name: 'rabbitmq',
      ready: /Starting broker\.\.\. completed/,
      prepare: (folder) => {
        if (tls) makeCertificate(requireProgram(serverPrograms.openssl), folder)
        writeFileSync(join(folder, 'rabbitmq.conf'), '')
        writeFileSync(join(folder, 'plugins'), '[].\n')
      },
      command: (folder, port) => {
        writeFileSync(join(folder, 'rabbitmq.conf'), configOf(folder, port, tls, config))
        return [program]
      },
      environment,
    })
    const ctl = async (...args: readonly string[]) => {
      const env = { ...process.env, ...environment(server.folder, server.port) }
      const { stdout } = await promisify(execFile)(requireProgram(serverPrograms.rabbitmqctl), [...args], {
        env,
      })
      return stdout
    }
    return {
      server,
      url: `${tls ? 'amqps' : 'amqp'}://127.0.0.1:${server.port}`,
      certificateFile: join(server.folder, 'cert.pem'),
      ctl,
      evaluate: (code) => ctl('eval', code),
      dispose: async () => {
        await Promise.all([server.dispose(), names.dispose()])
      },
    }
  } catch (error) {
    await names.dispose()
    throw error
  }
}

/** The name service of Erlang. The node would start one that outlives it. */
function startNames(): Promise<PrivateServer> {
  const program = requireProgram(serverPrograms.epmd)
  return PrivateServer.start({
    name: 'epmd',
    ready: /epmd running/,
    command: (_, port) => [program, '-debug', '-address', '127.0.0.1', '-port', String(port)],
  })
}

function environmentOf(folder: string, port: number, namesPort: number): Readonly<Record<string, string>> {
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(namesPort),
    RABBITMQ_ALLOW_INPUT: 'true', // else the script stays in between, and signals do not reach the server
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_DIST_PORT: String(port - 4_000),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_NODENAME: `tasq${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: FRUGAL,
  }
}

function configOf(folder: string, port: number, tls: boolean, lines: readonly string[]): string {
  const secure = [
    'listeners.tcp = none',
    `listeners.ssl.default = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${join(folder, 'cert.pem')}`,
    `ssl_options.certfile = ${join(folder, 'cert.pem')}`,
    `ssl_options.keyfile = ${join(folder, 'key.pem')}`,
  ]
  const disk = 'disk_free_limit.absolute = 1MB'
  return `${[disk, ...(tls ? secure : []), ...lines].join('\n')}\n`
}
