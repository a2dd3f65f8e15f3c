import { createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { EMPTY_CONTEXT } from '../src/chained-context.ts'

const [one, other] = [createContextKey('one'), createContextKey('other')]

test.each([
  ['of the API', ROOT_CONTEXT],
  ['of an attempt', EMPTY_CONTEXT],
])('a context %s keeps what was put into it, and is not changed by what is made from it', (_, root) => {
  const first = root.setValue(one, 1)
  const second = first.setValue(other, 2).setValue(one, 3)
  const third = second.deleteValue(one)
  const seen = [root, first, second, third].map((context) => [context.getValue(one), context.getValue(other)])
  expect(seen).toEqual([
    [undefined, undefined],
    [1, undefined],
    [3, 2],
    [undefined, 2],
  ])
})

test('the API finds spans and baggage in it', () => {
  const span = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })
  const baggage = propagation.createBaggage({ user: { value: 'ada' } })
  const context = propagation.setBaggage(trace.setSpan(EMPTY_CONTEXT, span), baggage)
  expect(trace.getSpan(context)).toBe(span)
  expect(propagation.getBaggage(context)).toBe(baggage)
  expect(trace.getSpan(trace.deleteSpan(context))).toBeUndefined()
})
