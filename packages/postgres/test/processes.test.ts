import { describeProcesses } from '@tasq/driver-tests'
import { inject } from 'vitest'
import { postgres } from '../src/index.ts'
import { schemaOf } from './support/schemas.ts'

const url = inject('postgresUrl')

describeProcesses({
  wakes: true,
  openStore: async () => {
    const options = { url, schema: schemaOf(url) }
    const module = new URL('../dist/index.js', import.meta.url).href
    return { recipe: { module, factory: 'postgres', options }, driver: () => postgres(options) }
  },
})
