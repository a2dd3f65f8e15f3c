import { foundOrphans, foundSchema, foundWorkers, type Look } from '@tasq/core/driver'
import { pendingMigrations, type Schema, type SchemaStore } from './migrator.ts'

/** What is asked of a schema, and of what stands in it. */
export interface SchemaLookParts {
  readonly schema: Schema
  readonly store: SchemaStore
  /** Whether `open()` would bring it up to date. */
  readonly migrates: boolean
  /** How many tasks are under leases that have been over for longer than `ORPHANED_MS`, and for how many ms the first of them. */
  readonly orphans: () => Promise<{ readonly count: number; readonly oldestMs: number | undefined }>
  /** How many workers have told of themselves. */
  readonly workers: () => Promise<number>
}

/** The schema first; what stands in it is looked at only where it is as this package knows it. */
export function schemaLooks({ schema, store, migrates, orphans, workers }: SchemaLookParts): readonly Look[] {
  let isCurrent = false
  return [
    {
      check: 'schema',
      find: async () => {
        const pending = await pendingMigrations(schema, store)
        isCurrent = pending.length === 0
        const names = pending.map(({ name }) => name)
        return foundSchema(names, schema.migrations.length, migrates)
      },
    },
    {
      check: 'orphaned-leases',
      find: async () => {
        if (!isCurrent) return undefined
        const { count, oldestMs } = await orphans()
        return foundOrphans(count, oldestMs)
      },
    },
    { check: 'workers', find: async () => (isCurrent ? foundWorkers(await workers()) : undefined) },
  ]
}
