import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PublicPackage, publicPackages } from './public-packages.ts'

/** A package as it would be published. */
export interface PackedPackage extends PublicPackage {
  /** Its path, absolute. */
  readonly tarball: string
}

/** Packs every public package into a folder: pnpm applies publishConfig and resolves workspace ranges. */
export async function packInto(folder: string): Promise<readonly PackedPackage[]> {
  await mkdir(folder, { recursive: true })
  const packed = publicPackages.map(async (publicPackage) => {
    const tarball = tarballIn(folder, publicPackage)
    await promisify(execFile)('pnpm', ['pack', '--out', tarball], { cwd: publicPackage.folder })
    return { ...publicPackage, tarball }
  })
  return await Promise.all(packed)
}

/** Where `packInto` puts the tarball of a package. */
export function tarballIn(folder: string, { manifest: { name, version } }: PublicPackage): string {
  return join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
}
