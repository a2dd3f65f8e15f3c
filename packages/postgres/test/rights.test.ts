import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createTasq, defineTask } from '@tasq/core'
import { expect, inject, onTestFinished, test } from 'vitest'
import { postgres } from '../src/index.ts'
import { asUser } from './support/schemas.ts'

const url = inject('postgresUrl')

test('the rights of docs/how-to/secure.md are enough: one user migrates, the other works', async () => {
  const page = readFileSync(new URL('../../../docs/how-to/secure.md', import.meta.url), 'utf8')
  const statements = /\*\*PostgreSQL\.\*\*.*?```sql\n(.*?)```/s.exec(page)?.[1] ?? ''
  const suffix = randomUUID().slice(0, 8)
  const [schema, owner, worker] = [`tasq_${suffix}`, `owner_${suffix}`, `worker_${suffix}`]
  const named = statements
    .replaceAll('SCHEMA tasq ', `SCHEMA ${schema} `)
    .replaceAll('tasq_owner', owner)
    .replaceAll('tasq_worker', worker)
  await asUser(url, (admin) => admin.query(named))
  onTestFinished(async () => {
    await asUser(url, (admin) =>
      admin.query(`DROP OWNED BY ${worker}, ${owner} CASCADE; DROP ROLE ${worker}; DROP ROLE ${owner}`),
    )
  })
  const as = (username: string, password: string) => Object.assign(new URL(url), { username, password }).href
  await postgres({ url: as(owner, 'a'), schema }).migrations.apply()

  const limited = { url: as(worker, 'b'), schema, migrate: false }
  const echo = defineTask({ name: 'echo', run: (input: number) => input, keepResult: true })
  await using tasq = createTasq({ driver: postgres(limited), tasks: [echo] })
  await tasq.worker().start()
  const handle = await tasq.enqueue(echo, 7, { unique: { key: 'k' } })
  expect(await handle.result({ timeout: '10s' })).toBe(7)
  await expect(asUser(limited.url, (user) => user.query(`CREATE TABLE ${schema}.mine ()`))).rejects.toThrow(
    'permission denied',
  )
})
