import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { tarballIn } from './pack-into.ts'
import { type PublicPackage, publicPackages } from './public-packages.ts'

/** What `npm install` of one package brings, its peers included. */
export interface InstalledSize {
  readonly name: string
  /** Names of all packages, its own among them. */
  readonly packages: readonly string[]
  /** Its tarball; kB. */
  readonly tarball: number
  /** Its own files; kB. */
  readonly own: number
  /** The files of all packages; kB. */
  readonly total: number
}

/** The fields of an entry of npm's lockfile that are looked at here. */
interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

type Lockfile = ReadonlyMap<string, LockedPackage>

/**
 * Measures every public package where all of them are installed together: npm installs for a single one what can be reached
 * from it, which is much faster to find out than ten installations.
 * @param folder of an `Installation`.
 */
export function installedSizes(folder: string): readonly InstalledSize[] {
  const lockfile = readLockfile(folder)
  return publicPackages.map((published) => sizeOf(published, folder, lockfile))
}

function sizeOf(published: PublicPackage, folder: string, lockfile: Lockfile): InstalledSize {
  const home = `node_modules/${published.name}`
  const places = reachableFrom(home, lockfile)
  return {
    name: published.name,
    packages: places.map(nameAt).sort(),
    tarball: kilobytes(statSync(tarballIn(join(folder, 'tarballs'), published)).size),
    own: kilobytes(bytesIn(join(folder, home))),
    total: kilobytes(places.reduce((sum, place) => sum + bytesIn(join(folder, place)), 0)),
  }
}

function readLockfile(folder: string): Lockfile {
  const file = join(folder, 'node_modules/.package-lock.json')
  const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(readFileSync(file, 'utf8'))
  return new Map(Object.entries(packages))
}

/** The places of a package and of all that comes with it. */
function reachableFrom(start: string, lockfile: Lockfile): readonly string[] {
  const found = new Set([start])
  for (const place of found) {
    for (const name of neededBy(lockfile.get(place) ?? {})) {
      const needed = placeOf(name, place, lockfile)
      if (needed !== undefined) found.add(needed)
    }
  }
  return [...found]
}

/** What npm installs with a package: no peers that are optional. */
function neededBy(locked: LockedPackage): readonly string[] {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = locked
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** Where Node finds a package from another; nowhere where it is for another platform. */
function placeOf(name: string, from: string, lockfile: Lockfile): string | undefined {
  const nested = `${from}/node_modules/${name}`
  if (lockfile.has(nested)) return nested
  const above = from.lastIndexOf('/node_modules/')
  if (above >= 0) return placeOf(name, from.slice(0, above), lockfile)
  const top = `node_modules/${name}`
  return lockfile.has(top) ? top : undefined
}

function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** The files of a package, without the packages inside it. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(folder, entry.name)
      return sum + (entry.isDirectory() ? bytesIn(path) : statSync(path).size)
    }, 0)
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1_000)
}
