import type { Coordination, RecordReading, RecordWrite, SharedRecord, WriteCall } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { msText, storeArguments } from './new-tasks.ts'
import { packList, unpackList } from './packed-list.ts'
import { bytesOf, listOf, numberOf, textOf } from './replies.ts'
import { type Argument, scripts } from './scripts.ts'

/** Shared records: those of one scope are beside the tasks of the queue of that name, so that one script changes both. */
export function coordinationOf(backend: () => Backend): Coordination {
  return {
    read: async (kind, scope) => await read(backend(), kind, scope),
    write: async (call) => await write(backend(), call),
  }
}

async function read(backend: Backend, kind: string, scope: string | undefined): Promise<RecordReading> {
  if (scope !== undefined) return await readIn(backend, kind, scope)
  const known = (await backend.recordScopes()).filter((each) => each.kind === kind)
  // One scope is asked in any case, for the time.
  const scopes = new Set(['', ...known.map((each) => each.scope)])
  const readings = await Promise.all([...scopes].map((each) => readIn(backend, kind, each)))
  // Nodes of a cluster have clocks of their own; none of the records is over by the slowest.
  const now = Math.min(...readings.map((reading) => reading.now))
  return { records: readings.flatMap(({ records }) => records), now }
}

async function readIn(backend: Backend, kind: string, scope: string): Promise<RecordReading> {
  const [time, fields] = listOf(await backend.run(scripts.readRecords, scope, [kind]))
  const now = numberOf(time)
  const pairs = listOf(fields ?? null)
  const records: SharedRecord[] = []
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const [end = '', version = '', value = ''] = unpackList(bytesOf(pairs[at + 1])).map(String)
    const expiresAt = end === '' ? undefined : Number(end)
    if (expiresAt !== undefined && expiresAt <= now) continue
    records.push({ scope, kind, key: textOf(pairs[at]), value, version, expiresAt })
  }
  return { records, now }
}

async function write(
  backend: Backend,
  { scope, writes, tasks = [] }: WriteCall,
): Promise<'written' | 'conflict'> {
  if (tasks.length > 0 && backend.mustNote(scope)) await backend.note(scope)
  await Promise.all(
    [...new Set(writes.map(({ kind }) => kind))].map((kind) => backend.noteRecords(kind, scope)),
  )
  const args: Argument[] = [packList(writes.flatMap(fieldsOf))]
  if (tasks.length > 0) args.push(...storeArguments(tasks))
  const reply = await backend.run(scripts.writeRecords, scope, args)
  return numberOf(reply) === 1 ? 'written' : 'conflict'
}

/** See lua/write-records.lua. */
function fieldsOf({ kind, key, value, version, ttlMs, ifVersion }: RecordWrite): readonly string[] {
  const condition = ifVersion === undefined ? '' : ifVersion === null ? '-' : `+${ifVersion}`
  return [kind, key, value === undefined ? '' : `+${value}`, version, msText(ttlMs), condition]
}
