import { describeProcesses } from '@tasq/driver-tests'
import { sqlite } from '../src/index.ts'
import { temporaryFile } from './support/fixtures.ts'

describeProcesses({
  wakes: true,
  openStore: async () => {
    const file = temporaryFile()
    const module = new URL('../dist/index.js', import.meta.url).href
    return { recipe: { module, factory: 'sqlite', options: { file } }, driver: () => sqlite(file) }
  },
})
