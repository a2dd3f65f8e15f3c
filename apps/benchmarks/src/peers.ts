import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url))

/** Installs the other queues, by a lockfile of their own, unless that was done since it changed last. */
export function installPeers(): void {
  if (isInstalled()) return
  process.stderr.write('installing the other queues\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`the packages of ${FOLDER} could not be installed`)
}

function isInstalled(): boolean {
  const installed = join(FOLDER, 'node_modules', '.package-lock.json')
  return (
    existsSync(installed) && statSync(installed).mtimeMs > statSync(join(FOLDER, 'package-lock.json')).mtimeMs
  )
}
