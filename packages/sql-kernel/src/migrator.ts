import { StoreError } from '@tasq/core/driver'

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

/**
 * The steps that are still to be taken.
 * @throws StoreError `TASQ_SCHEMA_TOO_NEW` where a newer package has made the schema unreadable for this one.
 */
export async function pendingMigrations(
  store: SchemaStore,
  migrations: readonly Migration[],
  packageName: string,
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
export async function migrate(
  store: SchemaStore,
  migrations: readonly Migration[],
  packageName: string,
): Promise<readonly string[]> {
  const taken: string[] = []
  for (const migration of await pendingMigrations(store, migrations, packageName)) {
    if (await store.take(migration)) taken.push(migration.name)
  }
  return taken
}
