// Packs every public package as it would be published: pnpm applies publishConfig and resolves workspace ranges.

import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { publicPackages, tarballs } from './public-packages.ts'

rmSync(tarballs, { recursive: true, force: true })
mkdirSync(tarballs, { recursive: true })
for (const { name, folder, tarball } of publicPackages) {
  await promisify(execFile)('pnpm', ['pack', '--out', tarball], { cwd: folder })
  console.log(`${name}: packed`)
}
