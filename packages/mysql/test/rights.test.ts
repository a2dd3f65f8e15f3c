import { readFileSync } from 'node:fs'
import { createTasq, defineTask } from '@tasq/core'
import { expect, inject, onTestFinished, test } from 'vitest'
import { mysql } from '../src/index.ts'
import { administer, newName, urlOf } from './support/database.ts'

test('the rights of docs/how-to/secure.md are enough: one user migrates, the other works', async () => {
  const page = readFileSync(new URL('../../../docs/how-to/secure.md', import.meta.url), 'utf8')
  const statements = /\*\*MySQL and MariaDB\*\*.*?```sql\n(.*?)```/s.exec(page)?.[1] ?? ''
  const [database, owner, worker] = [newName(), newName().slice(-30), newName().slice(-30)]
  const named = statements
    .replaceAll(/\btasq(?=[.;])/g, database)
    .replaceAll('tasq_owner', owner)
    .replaceAll('tasq_worker', worker)
  await administer(named)
  onTestFinished(
    async () => void (await administer(`DROP DATABASE ${database}; DROP USER ${owner}; DROP USER ${worker}`)),
  )
  const as = (username: string, password: string) =>
    Object.assign(new URL(urlOf(database, inject('url'))), { username, password }).href
  await mysql({ url: as(owner, 'a') }).migrations.apply()

  const limited = { url: as(worker, 'b'), migrate: false }
  const echo = defineTask({ name: 'echo', run: (input: number) => input, keepResult: true })
  await using tasq = createTasq({ driver: mysql(limited), tasks: [echo] })
  await tasq.worker().start()
  const handle = await tasq.enqueue(echo, 7, { unique: { key: 'k' } })
  expect(await handle.result({ timeout: '10s' })).toBe(7)
  await expect(administer('CREATE TABLE mine (a int)', limited.url)).rejects.toThrow(/denied/)
})
