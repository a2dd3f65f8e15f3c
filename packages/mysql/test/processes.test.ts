import { describeProcesses } from '@tasq/driver-tests'
import { mysql } from '../src/index.ts'
import { temporaryDatabase } from './support/database.ts'

describeProcesses({
  wakes: true,
  openStore: async () => {
    const url = await temporaryDatabase()
    const module = new URL('../dist/index.js', import.meta.url).href
    return { recipe: { module, factory: 'mysql', options: { url } }, driver: () => mysql(url) }
  },
})
