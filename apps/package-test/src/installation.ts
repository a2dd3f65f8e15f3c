import { execFile } from 'node:child_process'
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
    await installation.run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs)
    return installation
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.folder, file)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
  }

  /** Runs a program there; gives what it printed, or fails with all that it said. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program, args, { cwd: this.folder, timeout: 100_000 })
    return stdout
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
