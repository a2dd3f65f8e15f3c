import { cpSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder, write } from '@tasq/test-support'

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))
const INSTALLED = fileURLToPath(new URL('../../node_modules/@tasq/', import.meta.url))

/** A folder as a user has it, with Tasq installed and the fixtures in it; gone with the running test. */
export function userFolder(): string {
  const folder = temporaryFolder()
  write(folder, 'package.json', '{ "type": "module" }')
  mkdirSync(join(folder, 'node_modules', '@tasq'), { recursive: true })
  for (const name of ['core', 'sqlite']) {
    symlinkSync(realpathSync(join(INSTALLED, name)), join(folder, 'node_modules', '@tasq', name), 'junction')
  }
  cpSync(FIXTURES, folder, { recursive: true })
  return folder
}

/** A package that the user has installed in the folder. */
export function install(folder: string, name: string, code: string): void {
  const home = join('node_modules', name)
  write(folder, join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  write(folder, join(home, 'index.js'), code)
}
