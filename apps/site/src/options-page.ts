// Writes docs/reference/options.md from the comments at the options.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionsFile, optionsPage } from './options.ts'
import { root } from './repository.ts'

writeFileSync(join(root, optionsFile), optionsPage())
