import { inject } from 'vitest'
import { mysql } from '../../src/index.ts'
import { administer, newName, urlOf } from './database.ts'

/** A database with our tables that is empty, apart from what servers keep of what was deleted. */
export interface EmptyDatabase {
  readonly name: string
  readonly url: string
}

const TABLES = [
  'tasks',
  'waiting',
  'claims',
  'outcomes',
  'unique_keys',
  'receipts',
  'dead_letters',
  'records',
]

/** Those that nobody uses just now. Making tables takes longer than most cases, so they are emptied and used again. */
const unused: EmptyDatabase[] = []

export async function takeDatabase(): Promise<EmptyDatabase> {
  const found = unused.pop()
  if (found !== undefined) return found
  const name = newName()
  await administer(`CREATE DATABASE ${name}`)
  const database = { name, url: urlOf(name, inject('url')) }
  await mysql(database.url).migrations.apply()
  return database
}

export async function giveBack(database: EmptyDatabase): Promise<void> {
  await administer(TABLES.map((table) => `DELETE FROM ${database.name}.tasq_${table}`).join('; '))
  unused.push(database)
}
