import { describeProperties } from '@tasq/driver-tests'
import { mysql } from '../src/index.ts'
import { administer, newName, urlOf } from './support/database.ts'
import { PATIENT } from './support/harness.ts'

describeProperties({
  openStore: async () => {
    const name = newName()
    await administer(`CREATE DATABASE ${name}`)
    return {
      driver: () => mysql({ ...PATIENT, url: urlOf(name) }),
      dispose: async () => void (await administer(`DROP DATABASE ${name}`)),
    }
  },
})
