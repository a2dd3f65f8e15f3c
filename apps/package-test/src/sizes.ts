// Prints how much each package installs.

import { Installation } from './installation.ts'
import { installedSizes } from './installed-sizes.ts'
import { sizeTable } from './size-budgets.ts'

const installation = await Installation.make()
try {
  console.log(sizeTable(installedSizes(installation.folder)))
} finally {
  await installation.remove()
}
