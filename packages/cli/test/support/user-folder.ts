import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder, write } from '@tasq/test-support'

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))
const CLI = fileURLToPath(new URL('../../', import.meta.url))

/** A folder as a user has it, with Tasq, these drivers and the fixtures in it; gone with the running test. */
export function userFolder(...drivers: readonly string[]): string {
  const folder = temporaryFolder()
  write(folder, 'package.json', '{ "type": "module" }')
  mkdirSync(join(folder, 'node_modules', '@tasq'), { recursive: true })
  for (const name of ['core', 'sqlite', ...drivers]) link(folder, `@tasq/${name}`)
  cpSync(FIXTURES, folder, { recursive: true })
  return folder
}

/** Installs the command itself in the folder, far from the drivers that its tests have; answers its file. */
export function installCli(folder: string): string {
  const { dependencies }: { readonly dependencies: object } = JSON.parse(
    readFileSync(join(CLI, 'package.json'), 'utf8'),
  )
  // Drivers are what these folders have, or have not.
  for (const name of Object.keys(dependencies)) if (!name.startsWith('@tasq/')) link(folder, name)
  const home = join(folder, 'node_modules', '@tasq', 'cli')
  for (const part of ['dist', 'package.json']) cpSync(join(CLI, part), join(home, part), { recursive: true })
  return join(home, 'dist', 'bin.js')
}

function link(folder: string, name: string): void {
  symlinkSync(realpathSync(join(CLI, 'node_modules', name)), join(folder, 'node_modules', name), 'junction')
}

/** A package that the user has installed in the folder. */
export function install(folder: string, name: string, code: string): void {
  const home = join('node_modules', name)
  write(folder, join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  write(folder, join(home, 'index.js'), code)
}
