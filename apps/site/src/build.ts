// Builds the site. A link that leads to nothing ends it with an error.

import { build } from 'vitepress'
import { siteFolder } from './repository.ts'

await import('./prepare.ts')
await build(siteFolder)
