import { library } from '../../tsup.shared.ts'

export default library([
  'src/index.ts',
  'src/driver.ts',
  'src/memory.ts',
  'src/pool/child.ts',
  'src/execution/child.ts',
])
