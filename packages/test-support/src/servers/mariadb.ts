import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PrivateServer, runToEnd } from './private-server.ts'
import { requireProgram, serverPrograms } from './programs.ts'

export interface MariadbOptions {
  /** Options beyond the usual, such as `['--read-only']`. @default none */
  readonly args?: readonly string[]
  /** Whether it writes as a server does that must outlast a power cut, or its own end by SIGKILL. @default false */
  readonly durable?: boolean
}

export interface MariadbServer {
  readonly server: PrivateServer
  /** For a user with all rights; names no database. */
  readonly url: string
  /** The same, with a database that is there and empty. */
  readonly databaseUrl: string
}

/** The user that a new MariaDB has. */
const USER = 'root'
const DATABASE = 'tasq'

/** One MariaDB. */
export async function startMariadb({
  args = [],
  durable = false,
}: MariadbOptions = {}): Promise<MariadbServer> {
  const mariadbd = requireProgram(serverPrograms.mariadb)
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const safety = durable ? [] : ['--innodb-flush-log-at-trx-commit=0', '--skip-sync-frm']
  const server = await PrivateServer.start({
    name: 'mariadb',
    ready: /ready for connections/,
    prepare: (folder) => {
      mkdirSync(join(folder, 'tmp'))
      const data = `--datadir=${join(folder, 'data')}`
      const access = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
      const install = requireProgram(serverPrograms.mariadbInstall)
      runToEnd(install, [
        ...['--no-defaults', ...user, data, tmpdir(folder), ...access],
        '--innodb-flush-method=nosync',
      ])
      writeFileSync(join(folder, 'start.sql'), `CREATE DATABASE IF NOT EXISTS ${DATABASE};\n`)
    },
    command: (folder, port) => [
      ...[mariadbd, '--no-defaults', ...user, `--datadir=${join(folder, 'data')}`, tmpdir(folder)],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`],
      ...['--skip-name-resolve', '--innodb-fast-shutdown=2', '--innodb-log-file-size=64M'],
      `--init-file=${join(folder, 'start.sql')}`,
      ...safety,
      ...args,
    ],
  })
  const url = `mysql://${USER}@127.0.0.1:${server.port}`
  return { server, url, databaseUrl: `${url}/${DATABASE}` }
}

/** A server that starts removes what it takes for left over among temporary tables, also those of others. */
function tmpdir(folder: string): string {
  return `--tmpdir=${join(folder, 'tmp')}`
}
