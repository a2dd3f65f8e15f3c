import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The fields of a package.json that the scripts look at. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** A package of the workspace. */
export interface WorkspacePackage {
  /** `@tasq/core`. */
  readonly name: string
  /** From the root of the repository: `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** All packages that `pnpm-workspace.yaml` lists, in the order of their folders. */
export function readWorkspace(root: string): readonly WorkspacePackage[] {
  const folders = [...foldersIn(root, 'packages'), ...foldersIn(root, 'apps'), 'scripts']
  return folders.flatMap((folder) => {
    const file = join(root, folder, 'package.json')
    if (!existsSync(file)) return []
    const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'))
    return [{ name: manifest.name, folder, manifest }]
  })
}

function foldersIn(root: string, parent: string): readonly string[] {
  if (!existsSync(join(root, parent))) return []
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .sort()
}
