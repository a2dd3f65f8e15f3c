import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { expect, test } from 'vitest'
import { w3c } from '../src/trace-context.ts'

const theirs = new W3CTraceContextPropagator()
const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

test.each([
  [`00-${traceId}-${spanId}-01`, undefined],
  [`00-${traceId}-${spanId}-00`, 'vendor=value,other=1'],
  [`01-${traceId}-${spanId}-01-what-a-later-version-adds`, undefined],
  [`ff-${traceId}-${spanId}-01`, undefined],
  [`00-${traceId}-0000000000000000-01`, undefined],
  [`00-00000000000000000000000000000000-${spanId}-01`, undefined],
  [`00-${traceId}-${spanId}`, undefined],
  ['nonsense', undefined],
  ['', undefined],
])('%s is read as the SDK reads it', (traceparent, tracestate) => {
  const headers = { traceparent, ...(tracestate === undefined ? {} : { tracestate }) }
  const [ours, other] = [w3c, theirs].map((propagator) =>
    trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)),
  )
  expect({ ...ours, traceState: ours?.traceState?.serialize() }).toEqual({
    ...other,
    traceState: other?.traceState?.serialize(),
  })
})

test('a trace is written as the SDK writes it, and none where there is none', () => {
  const written = (propagator: typeof w3c, context = ROOT_CONTEXT) => {
    const headers = {}
    propagator.inject(context, headers, defaultTextMapSetter)
    return headers
  }
  const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'vendor=value' }
  const context = w3c.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
  expect(written(w3c, context)).toEqual(headers)
  expect(written(theirs, context)).toMatchObject({ traceparent: headers.traceparent })
  expect(written(w3c)).toEqual({})
})
