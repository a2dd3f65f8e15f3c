import { library } from '../../tsup.shared.ts'

export default library(['src/index.ts', 'src/bin.ts', 'src/commands/worker/pool-app.ts'])
