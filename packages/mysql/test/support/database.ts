import { randomUUID } from 'node:crypto'
import { createConnection, createPool, type Pool, type PoolOptions } from 'mysql2'
import { type Connection, createConnection as connect } from 'mysql2/promise'
import { expect, inject, onTestFinished } from 'vitest'

/** What the shared server is reached by, with this database. */
export function urlOf(database: string, server = inject('url')): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** Carries out statements as a user who may do everything. */
export async function administer(sql: string, server = inject('url')): Promise<unknown> {
  const connection = await connect({ uri: server, multipleStatements: true })
  try {
    const [result] = await connection.query(sql)
    return result
  } finally {
    await connection.end()
  }
}

/** A name that no other database of the tests has. */
export function newName(): string {
  return `${inject('databasePrefix')}${randomUUID().replaceAll('-', '_')}`
}

/** An empty database of its own for the running test; answers its URL. */
export async function temporaryDatabase(server = inject('url')): Promise<string> {
  const name = newName()
  await administer(`CREATE DATABASE ${name}`, server)
  onTestFinished(
    async () => void (await administer(`DROP DATABASE IF EXISTS ${name}`, server).catch(() => undefined)),
  )
  return urlOf(name, server)
}

/** A connection of a user's own, closed with the running test. */
export async function connectAsUser(url: string, options: PoolOptions = {}): Promise<Connection> {
  const connection = await connect({ uri: url, ...options })
  onTestFinished(() => connection.destroy())
  return connection
}

/** The same, with callbacks. */
export function connectWithCallbacks(url: string) {
  const connection = createConnection(url)
  onTestFinished(() => connection.destroy())
  return connection
}

/** A pool of a user's own, ended with the running test. */
export function userPool(url: string, options: PoolOptions = {}): Pool {
  const pool = createPool({ uri: url, ...options })
  onTestFinished(() => new Promise((resolve) => pool.end(() => resolve())))
  return pool
}

/** Waits until some transaction waits for a lock. The server looks again only when nobody has asked for 100 ms. */
export async function lockWait(): Promise<void> {
  const states = async () =>
    JSON.stringify(await administer('SELECT trx_state FROM information_schema.INNODB_TRX'))
  await expect.poll(states, { interval: 150 }).toContain('LOCK WAIT')
}
