import { library } from '../../tsup.shared.ts'

export default library(['src/main.ts', 'src/measure-file.handler.ts', 'src/measure-file.telling.ts'], {
  types: false,
})
