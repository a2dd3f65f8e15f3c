import { existsSync } from 'node:fs'
import { rawMemory } from './raw-memory.ts'
import { rawMysql } from './raw-mysql.ts'
import { rawPostgres } from './raw-postgres.ts'
import { rawRabbitmq } from './raw-rabbitmq.ts'
import { rawRedis } from './raw-redis.ts'
import { rawSqlite } from './raw-sqlite.ts'
import { rawSqs } from './raw-sqs.ts'
import type { Subject } from './subject.ts'
import { tasqSubjects } from './tasq.ts'

export const ownSubjects: readonly Subject[] = [
  ...tasqSubjects,
  rawMemory,
  ...rawSqlite,
  rawRedis,
  rawPostgres,
  rawMysql,
  ...rawRabbitmq,
  rawSqs,
]

/** Other queues: each is a module of `peers/`, whose packages are installed when one is asked for. */
export const peerNames: readonly string[] = [
  'bullmq',
  'bee-queue',
  'graphile-worker',
  'pg-boss',
  'plainjob',
  'sidequest',
]

/** All subjects of some peers; their packages must be installed. */
export async function loadPeers(names: readonly string[]): Promise<readonly Subject[]> {
  const modules = names.map((name) => new URL(`../../peers/${name}.mjs`, import.meta.url))
  const missing = modules.find((module) => !existsSync(module))
  if (missing !== undefined) throw new Error(`there is no ${missing.pathname}`)
  const loaded: readonly { readonly subjects: readonly Subject[] }[] = await Promise.all(
    modules.map((module) => import(module.href)),
  )
  return loaded.flatMap(({ subjects }) => subjects)
}

export async function findSubject(backend: string, name: string): Promise<Subject> {
  const isWanted = (subject: Subject) => subject.backend === backend && subject.name === name
  const own = ownSubjects.find(isWanted)
  if (own !== undefined) return own
  const peers = await loadPeers(peerNames.filter((peer) => name.startsWith(peer)))
  const found = peers.find(isWanted)
  if (found === undefined) throw new Error(`nobody is called ${name} on ${backend}`)
  return found
}
