import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { publicPackages } from './public-packages.ts'

/**
 * Packs every public package as it would be published: pnpm applies publishConfig and resolves workspace
 * ranges. Gives the paths of the tarballs.
 */
export async function packInto(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true })
  const packed = publicPackages.map(async ({ folder: sources, tarball }) => {
    const out = join(folder, basename(tarball))
    await promisify(execFile)('pnpm', ['pack', '--out', out], { cwd: sources })
    return out
  })
  return await Promise.all(packed)
}
