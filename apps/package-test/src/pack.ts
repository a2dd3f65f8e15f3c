// Makes the tarballs as they would be published, to be looked at.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { packInto } from './pack-into.ts'
import { root } from './public-packages.ts'

const folder = join(root, 'apps/package-test/dist')
rmSync(folder, { recursive: true, force: true })
for (const { tarball } of await packInto(folder)) console.log(tarball)
