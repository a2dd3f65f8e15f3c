import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { filesOf, firstUseOf, readmeExample } from '../src/documented.ts'
import { Installation } from '../src/installation.ts'
import { doors, publicPackages } from '../src/public-packages.ts'

const commands = publicPackages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))
const example = readmeExample()
/** The URL of a server for each driver that needs one. */
function urls(): Readonly<Record<string, string>> {
  const { redis, postgres, mysql } = inject('servers')
  const password = encodeURIComponent(redis.password)
  return { redis: redis.url.replace('//', `//:${password}@`), postgres: postgres.url, mysql: mysql.url }
}

const installation = new Installation(inject('installed'))

describe('the packages, packed and installed by npm into an empty folder', () => {
  test('run the first example of the README', async () => {
    await installation.write('example.ts', example.code)
    expect(await installation.run(process.execPath, 'example.ts')).toBe(example.output)
  })

  test.each(Object.entries(urls()))(
    'run the first example of the driver %s on a server',
    async (driver, url) => {
      await installation.write('first-use.ts', firstUseOf(driver, url))
      expect(await installation.run(process.execPath, 'first-use.ts')).toBe('Hello, world!\n')
    },
  )

  test.each([
    ['with-pg.ts', 'postgres'],
    ['with-drizzle.ts', 'postgres'],
    ['with-kysely.ts', 'postgres'],
    ['with-mysql2.ts', 'mysql'],
    ['with-sqlite.ts', 'sqlite'],
  ])('enqueue inside a transaction as %s of the documentation does', async (file, driver) => {
    const document = 'docs/how-to/enqueue-in-a-transaction.md'
    for (const { file, code } of filesOf(document)) await installation.write(file, code)
    const env = { DATABASE_URL: urls()[driver] }
    expect(await installation.runWith(env, process.execPath, file)).toMatch(
      /^receipt for order [-0-9a-f]{36}\n$/,
    )
  })

  test.each(doors)('%s can be imported and required', async (door) => {
    const program = `import { createRequire } from 'node:module'
      const imported = await import('${door}')
      const required = createRequire(import.meta.url)('${door}')
      console.log(Object.keys(imported).length > 0 && imported === required)`
    await installation.write('door.js', program)
    expect(await installation.run(process.execPath, 'door.js')).toBe('true\n')
  })

  test.each([
    ['sqlite', {}],
    ['redis', { TASQ_REDIS_URL: urls()['redis'] }],
  ])('start a project on %s by the commands that tasq init prints', async (driver, env) => {
    const project = new Installation(join(installation.folder, `project-on-${driver}`))
    const tasq = join(installation.folder, 'node_modules/.bin/tasq')
    await installation.run(process.execPath, tasq, 'init', project.folder, '--driver', driver)
    await project.runWith(env, process.execPath, tasq, 'enqueue', 'hello', '{"name": "world"}')
    const worker = [tasq, 'worker', '--max-tasks', '1']
    expect(await project.runWith(env, process.execPath, ...worker)).toBe('Hello, world!\n')
  })

  test.for(commands)('the command %s tells how it is used', async (command) => {
    const file = join('node_modules/.bin', command)
    expect(await installation.run(process.execPath, file, '--help')).toContain(command)
  })
})
