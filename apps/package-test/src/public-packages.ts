import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of the repository. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

/** The fields of a package.json that are looked at here. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** A package that is published. */
export interface PublicPackage {
  readonly name: string
  /** Its folder, absolute. */
  readonly folder: string
  readonly manifest: Manifest
}

/** Every package that is published, by name. */
export const publicPackages: readonly PublicPackage[] = readdirSync(join(root, 'packages')).flatMap(
  (entry) => {
    const folder = join(root, 'packages', entry)
    const manifest = readManifest(folder)
    return manifest.private === true ? [] : [{ name: manifest.name, folder, manifest }]
  },
)

/** All that can be imported from them, such as `@tasq/core/driver`. */
export const doors: readonly string[] = publicPackages.flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((door) => door !== './package.json')
    .map((door) => join(name, door).replaceAll('\\', '/')),
)

/** Reads the package.json of a folder. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
