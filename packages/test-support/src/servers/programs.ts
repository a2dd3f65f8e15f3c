import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program of a server, and where it comes from. */
export interface ServerProgram {
  readonly program: string
  /** The package of Debian and Ubuntu that has it. */
  readonly package: string
  /** Folders beside those of PATH where it may be. */
  readonly folders?: readonly string[]
  /** The variable that names a server to use instead, where that is enough for some tests. */
  readonly variable?: string
}

const POSTGRES_FOLDERS = [18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin`)

/** What the tests need on the machine. */
export const serverPrograms = {
  redis: { program: 'redis-server', package: 'redis-server', variable: 'TASQ_TEST_REDIS_URL' },
  postgres: {
    program: 'postgres',
    package: 'postgresql',
    folders: POSTGRES_FOLDERS,
    variable: 'TASQ_TEST_POSTGRES_URL',
  },
  initdb: { program: 'initdb', package: 'postgresql', folders: POSTGRES_FOLDERS },
  mariadb: {
    program: 'mariadbd',
    package: 'mariadb-server',
    folders: ['/usr/sbin', '/usr/libexec'],
    variable: 'TASQ_TEST_MYSQL_URL',
  },
  mariadbInstall: { program: 'mariadb-install-db', package: 'mariadb-server' },
  // Not the scripts of the same names in PATH, which start as another user.
  rabbitmq: {
    program: 'rabbitmq-server',
    package: 'rabbitmq-server',
    folders: ['/usr/lib/rabbitmq/bin'],
    variable: 'TASQ_TEST_RABBITMQ_URL',
  },
  rabbitmqctl: { program: 'rabbitmqctl', package: 'rabbitmq-server', folders: ['/usr/lib/rabbitmq/bin'] },
  epmd: { program: 'epmd', package: 'erlang-base' },
  openssl: { program: 'openssl', package: 'openssl' },
  // No server, but it shows what one has: the site of the documentation is looked at in it.
  chromium: { program: 'chromium', package: 'chromium' },
} as const satisfies Readonly<Record<string, ServerProgram>>

/** The path of a program; `undefined` where it is not installed. */
export function findProgram({ program, folders = [] }: ServerProgram): string | undefined {
  const paths = [...folders, ...(process.env.PATH ?? '').split(delimiter)].map((folder) =>
    join(folder, program),
  )
  return paths.find((path) => existsSync(path))
}

/**
 * The path of a program.
 * @throws Error that says what to install, or which variable to set.
 */
export function requireProgram(wanted: ServerProgram): string {
  const path = findProgram(wanted)
  if (path !== undefined) return path
  const instead =
    wanted.variable === undefined
      ? ''
      : `, or set ${wanted.variable} to the URL of a server that tests may use`
  throw new Error(`There is no ${wanted.program}. Install it (apt-get install ${wanted.package})${instead}.`)
}
