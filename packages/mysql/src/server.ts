import { StoreError } from '@tasq/core/driver'
import { rowsAt } from './results.ts'
import { textOf } from './rows.ts'
import type { MysqlSession } from './session.ts'
import readServer from './statements/read-server.sql'

/** The largest input or result. As hexadecimal digits it takes twice as much in a statement. */
export const MOST_PAYLOAD_BYTES = 4 * 1024 * 1024
/** Room for that and for what stands around it. */
const LEAST_PACKET_BYTES = 2 * MOST_PAYLOAD_BYTES + 1024 * 1024
const PACKET_HEADER_BYTES = 16
/** SKIP LOCKED came with these. */
const OLDEST = { mysql: [8, 0], mariadb: [10, 6] } as const

/**
 * Looks at the server before it is used.
 * @throws StoreError that says what to update or to set.
 */
export async function checkServer(session: MysqlSession, where: string): Promise<void> {
  const variables = await serverVariables(session)
  const problem = problemOf(variables)
  if (problem === undefined) {
    const bytes = Number(variables.get('max_allowed_packet'))
    if (bytes > PACKET_HEADER_BYTES) session.limitPackets(bytes - PACKET_HEADER_BYTES)
    return
  }
  throw new StoreError('TASQ_STORE_FAILED', `${where}: ${problem.what}.`, { nextStep: problem.nextStep })
}

/** What must be known of a server before it is used, by name. */
export async function serverVariables(session: MysqlSession): Promise<ReadonlyMap<string, string>> {
  const rows = rowsAt(await session.read(session.sql(readServer)), 0)
  return new Map(rows.map(([name, value]) => [textOf(name), textOf(value)]))
}

/** @param variables of the session, by name. */
export function problemOf(
  variables: ReadonlyMap<string, string>,
): { readonly what: string; readonly nextStep: string } | undefined {
  const version = variables.get('version') ?? ''
  if (isOlder(version)) {
    return { what: `its version is ${version}`, nextStep: 'Use MySQL 8.0 or MariaDB 10.6, or newer.' }
  }
  const packet = Number(variables.get('max_allowed_packet') ?? LEAST_PACKET_BYTES)
  if (packet < LEAST_PACKET_BYTES) {
    return {
      what: `it takes statements of at most ${packet} bytes`,
      nextStep: `Set max_allowed_packet to ${LEAST_PACKET_BYTES} or more on the server, better to 64M.`,
    }
  }
  if (variables.get('log_bin') === 'ON' && variables.get('binlog_format') === 'STATEMENT') {
    return {
      what: 'its binary log can’t hold what the isolation level READ COMMITTED writes',
      nextStep: 'Set binlog_format to ROW or MIXED on the server.',
    }
  }
  const charset = variables.get('character_set_results') ?? ''
  if (charset !== 'utf8mb4') {
    return {
      what: `its connections read texts as '${charset}'`,
      nextStep: "Make the pool with charset 'utf8mb4', which is mysql2's default.",
    }
  }
  return undefined
}

function isOlder(version: string): boolean {
  const [oldestMajor, oldestMinor] = /mariadb/i.test(version) ? OLDEST.mariadb : OLDEST.mysql
  const [major = 0, minor = 0] = version
    .replace(/^5\.5\.5-/, '')
    .split('.')
    .map(Number.parseFloat)
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}
