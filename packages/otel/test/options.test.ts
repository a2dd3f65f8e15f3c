import { InvalidOptionError } from '@tasq/core'
import { expect, test } from 'vitest'
import { openTelemetry } from '../src/index.ts'

test.each([
  ['tracerProvider', 'jaeger'],
  ['tracerProvider', true],
  ['meterProvider', {}],
  ['propagator', false],
  ['attempts', 'parent'],
])('%s: %o is refused, by its name', (option, value) => {
  const make = () => openTelemetry({ [option]: value } as never)
  expect(make).toThrow(InvalidOptionError)
  expect(make).toThrow(option)
})
