import { type Migrations, StoreError } from '@tasq/core/driver'

/** One step of a schema, in its order. Within a major version steps only add. */
export interface Migration {
  /** Ordinal, from 1. */
  readonly version: number
  readonly name: string
  readonly sql: string
  /**
   * The oldest schema version that a package must know to read what this step makes: its own version where
   * it changes what others rely on, else 1.
   */
  readonly readableFrom: number
}

/** What a database says about its schema. */
export interface SchemaState {
  /** The last step taken; 0 where there is none. */
  readonly version: number
  /** The oldest version that may read it. */
  readonly readableFrom: number
}

/** What the migrator needs of a database, each in its own way. */
export interface SchemaStore {
  /** The state; version 0 where there is no schema yet. */
  read(): Promise<SchemaState>
  /**
   * Takes a step in one transaction, unless another process has taken it meanwhile; answers whether it
   * was taken here.
   */
  take(migration: Migration): Promise<boolean>
}

/** The schema of a package: its name, and its steps in order. */
export interface Schema {
  readonly packageName: string
  readonly migrations: readonly Migration[]
}

/**
 * Brings a schema up to date when a driver is opened, or refuses one that is not.
 * @param what names the database in messages.
 * @throws StoreError `TASQ_SCHEMA_TOO_NEW`, or `TASQ_SCHEMA_MISSING` where steps are to be taken and it may not take them.
 */
export async function prepareSchema(
  schema: Schema,
  store: SchemaStore,
  { migrates, what }: { readonly migrates: boolean; readonly what: string },
): Promise<void> {
  if (migrates) {
    await migrate(schema, store)
    return
  }
  const pending = await pendingMigrations(schema, store)
  if (pending.length === 0) return
  const names = pending.map(({ name }) => name).join(', ')
  throw new StoreError('TASQ_SCHEMA_MISSING', `${what} lacks ${names}.`, {
    nextStep: 'Open it with migrate: true, or call driver.migrations.apply().',
  })
}

/**
 * The migrations facet, which can be used before the driver is open.
 * @param withStore runs some work on a connection that is there for it alone.
 */
export function migrationsOf(
  schema: Schema,
  withStore: <Result>(work: (store: SchemaStore) => Promise<Result>) => Promise<Result>,
): Migrations {
  return {
    pending: async () =>
      await withStore(async (store) => (await pendingMigrations(schema, store)).map(({ name }) => name)),
    apply: async () => await withStore(async (store) => await migrate(schema, store)),
  }
}

/** The steps that are still to be taken. */
export async function pendingMigrations(
  { packageName, migrations }: Schema,
  store: SchemaStore,
): Promise<readonly Migration[]> {
  const { version, readableFrom } = await store.read()
  const known = migrations.at(-1)?.version ?? 0
  if (readableFrom > known) {
    throw new StoreError(
      'TASQ_SCHEMA_TOO_NEW',
      `The schema has version ${version} and can be read from version ${readableFrom} on; this ${packageName} knows ${known}.`,
      { nextStep: `Update ${packageName} to the version that the other processes use.` },
    )
  }
  return migrations.filter((migration) => migration.version > version)
}

/** Takes what is still to be taken, in order; answers the names of those taken here. */
async function migrate(schema: Schema, store: SchemaStore): Promise<readonly string[]> {
  const taken: string[] = []
  for (const migration of await pendingMigrations(schema, store)) {
    if (await store.take(migration)) taken.push(migration.name)
  }
  return taken
}
