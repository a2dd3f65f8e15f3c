// Writes docs/driver-matrix.md from what the drivers say of themselves.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { matrixFile, matrixPage } from './matrix.ts'
import { root } from './public-packages.ts'

writeFileSync(join(root, matrixFile), matrixPage())
