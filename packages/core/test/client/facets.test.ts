import { expect, test } from 'vitest'
import { Facets } from '../../src/client/facets.ts'
import { UnsupportedError } from '../../src/errors.ts'
import { memory } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { thrown } from '../support/present.ts'

test.each(['results', 'inspection', 'transactions', 'migrations'] as const)(
  'a driver without %s is an error that names the alternative, and nothing is done',
  (facet) => {
    const error = thrown(() => new Facets(bareDriver(memory()))[facet], UnsupportedError)
    expect(error.code).toBe('TASQ_UNSUPPORTED')
    expect(error.message).toContain(`The driver 'bare' has no ${facet}.`)
    expect(error.nextStep.length).toBeGreaterThan(10)
  },
)

test.each(['results', 'inspection'] as const)('a driver with %s gives them', (facet) => {
  const driver = memory()
  expect(new Facets(driver)[facet]).toBe(driver[facet])
})
