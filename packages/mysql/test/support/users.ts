import { inject, onTestFinished } from 'vitest'
import { administer, newName } from './database.ts'

/** A user with only these rights on the database of a URL, gone with the running test; answers a URL with its name and password. */
export async function restrictedUser(
  url: string,
  rights: string,
  limits = '',
  server = inject('url'),
): Promise<string> {
  const database = new URL(url).pathname.slice(1)
  const name = newName().slice(-30)
  await administer(
    `CREATE USER ${name} IDENTIFIED BY 'secret' ${limits}; GRANT ${rights} ON ${database}.* TO ${name}`,
    server,
  )
  onTestFinished(
    async () => void (await administer(`DROP USER IF EXISTS ${name}`, server).catch(() => undefined)),
  )
  const restricted = new URL(url)
  restricted.username = name
  restricted.password = 'secret'
  return restricted.href
}
