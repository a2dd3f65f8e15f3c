import { readFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'

/** Where figures were measured, and of what. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Versions of the servers, by backend. */
  readonly servers: Readonly<Record<string, string>>
  /** Versions of the other queues that were measured. */
  readonly peers: Readonly<Record<string, string>>
}

export function machineOf(servers: ReadonlyMap<string, string>, peers: readonly string[]): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    servers: Object.fromEntries(servers),
    peers: versionsOf(peers),
  }
}

/** One line for people. */
export function machineLine({ cpu, cores, memoryGb, system, node, servers, peers }: Machine): string {
  const named = (versions: Readonly<Record<string, string>>) =>
    Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const parts = [
    `${cpu} × ${cores}, ${memoryGb} GB, ${system}`,
    `Node ${node}`,
    ...named(servers),
    ...named(peers),
  ]
  return `Machine: ${parts.join('; ')}`
}

/** The peers' packages are pinned to exact versions. */
function versionsOf(peers: readonly string[]): Readonly<Record<string, string>> {
  const file = new URL('../../peers/package.json', import.meta.url)
  const { dependencies }: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  return Object.fromEntries(
    Object.entries(dependencies).filter(([name]) => peers.includes(name.replace(/^@(\w+)\/.*/, '$1'))),
  )
}
