// Makes the tarballs that are looked at before a release.

import { rmSync } from 'node:fs'
import { packInto } from './pack-into.ts'
import { tarballs } from './public-packages.ts'

rmSync(tarballs, { recursive: true, force: true })
for (const tarball of await packInto(tarballs)) console.log(tarball)
