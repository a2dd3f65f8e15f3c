import { describeProperties } from '@tasq/driver-tests'
import { afterAll, inject } from 'vitest'
import { postgres } from '../src/index.ts'
import { PATIENT } from './support/harness.ts'
import { Schemas } from './support/schemas.ts'

const url = inject('postgresUrl')
const schemas = new Schemas(url)
afterAll(() => schemas.dropAll())

describeProperties({
  openStore: async () => {
    const schema = schemas.take()
    return {
      driver: () => postgres({ ...PATIENT, url, schema, maxPoolSize: 3 }),
      dispose: () => schemas.giveBack(schema),
    }
  },
})
