import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packInto } from './pack-into.ts'

/** A folder far from this repository, with the packed packages installed as a user has them. */
export class Installation {
  /** Made by `make()`, here or in another process. */
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  static async make(): Promise<Installation> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'tasq-installed-')))
    const installation = new Installation(folder)
    await installation.write('package.json', JSON.stringify({ private: true, type: 'module' }))
    const tarballs = (await packInto(join(folder, 'tarballs'))).map(({ tarball }) => tarball)
    const packages = [...tarballs, ...usersOwn()]
    await installation.run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...packages)
    return installation
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.folder, file)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
  }

  /** Runs a program there; gives what it printed, or fails with all that it said. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    return await this.runWith({}, program, ...args)
  }

  /** The same, with more in its environment. */
  async runWith(env: NodeJS.ProcessEnv, program: string, ...args: readonly string[]): Promise<string> {
    const options = { cwd: this.folder, timeout: 100_000, env: { ...process.env, ...env } }
    const { stdout } = await promisify(execFile)(program, args, options)
    return stdout
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** What the examples have beside Tasq, in the versions in which they are type-checked. */
function usersOwn(): readonly string[] {
  const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return ['drizzle-orm', 'kysely'].map((name) => `${name}@${devDependencies[name]}`)
}
