import { library } from '../../tsup.shared.ts'

// croner reads patterns of cron. It needs nothing itself and no type of it is exported, so users need not install it; its
// licence is in LICENSE.
export default library(
  ['src/index.ts', 'src/driver.ts', 'src/memory.ts', 'src/pool/child.ts', 'src/execution/child.ts'],
  { bundled: ['croner'] },
)
