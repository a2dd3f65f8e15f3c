import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import { PrivateServer, runToEnd } from './private-server.ts'
import { requireProgram, serverPrograms } from './programs.ts'

export interface RedisOptions {
  /** Directives beyond the usual, such as `['--appendonly', 'yes']`. @default none */
  readonly args?: readonly string[]
}

export interface RedisServer {
  readonly server: PrivateServer
  readonly url: string
}

/** One Redis, with nothing written to disk unless the directives say so. */
export async function startRedis({ args = [] }: RedisOptions = {}): Promise<RedisServer> {
  const server = await PrivateServer.start({
    name: 'redis',
    ready: /Ready to accept connections/,
    command: (folder, port) => [...redisCommand(folder, ['--port', String(port)]), ...args],
  })
  return { server, url: `redis://127.0.0.1:${server.port}` }
}

export interface RedisTls extends RedisServer {
  /** The certificate that its own is signed by; PEM. */
  readonly certificateFile: string
  readonly username: string
  readonly password: string
}

/**
 * One Redis that takes TLS connections only, of a user with a password, who may use nothing but what begins with `tasq`.
 * @param commands what the user may do, such as `['+@all']`.
 */
export async function startRedisTls(commands: readonly string[]): Promise<RedisTls> {
  const openssl = requireProgram(serverPrograms.openssl)
  const [username, password] = ['tasq', 'p@ss:word/100%']
  const server = await PrivateServer.start({
    name: 'redis-tls',
    ready: /Ready to accept connections/,
    prepare: (folder) => {
      makeCertificate(openssl, folder)
      writeFileSync(
        join(folder, 'users.acl'),
        `user default off\nuser ${username} on >${password} ~{tasq* &tasq* ${commands.join(' ')}\n`,
      )
    },
    command: (folder, port) => [
      ...redisCommand(folder, ['--port', '0', '--tls-port', String(port)]),
      ...['--tls-cert-file', join(folder, 'cert.pem'), '--tls-key-file', join(folder, 'key.pem')],
      ...['--tls-ca-cert-file', join(folder, 'cert.pem'), '--tls-auth-clients', 'no'],
      ...['--aclfile', join(folder, 'users.acl')],
    ],
  })
  const url = `rediss://${username}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`
  return { server, url, certificateFile: join(server.folder, 'cert.pem'), username, password }
}

export interface RedisCluster {
  readonly servers: readonly PrivateServer[]
  /** Its nodes, as a client wants them. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  stop(): Promise<void>
}

/** Three masters that share the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const cli = requireProgram({ program: 'redis-cli', package: 'redis-tools' })
  const servers = await Promise.all([0, 1, 2].map(startNode))
  const stop = async () => {
    await Promise.all(servers.map((server) => server.dispose()))
  }
  try {
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
    runToEnd(cli, ['--cluster', 'create', ...addresses, '--cluster-yes'])
  } catch (error) {
    await stop()
    throw error
  }
  return { servers, nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })), stop }
}

function startNode(): Promise<PrivateServer> {
  return PrivateServer.start({
    name: 'redis-cluster',
    ready: /Ready to accept connections/,
    // The port of the cluster's own bus would be 10,000 above, among the ephemeral ones.
    command: (folder, port) => [
      ...redisCommand(folder, ['--port', String(port), '--cluster-enabled', 'yes']),
      ...['--cluster-port', String(port - 5_000), '--cluster-node-timeout', '2000'],
    ],
  })
}

function redisCommand(folder: string, args: readonly string[]): readonly string[] {
  const quiet = ['--save', '', '--appendonly', 'no', '--daemonize', 'no', '--loglevel', 'notice']
  return [requireProgram(serverPrograms.redis), '--bind', '127.0.0.1', '--dir', folder, ...quiet, ...args]
}
