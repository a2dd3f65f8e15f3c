import { SpanStatusCode } from '@opentelemetry/api'
import { defineTask, discard, snooze } from '@tasq/core'
import { expect, test } from 'vitest'
import { context, idOf, parentOf, SpanKind, trace, traced, traceOf } from './support/recorder.ts'

const job = (run: (input: string) => unknown) => defineTask({ name: 'job', queue: 'jobs', run })

test('an enqueue and its attempt are spans of one trace, with the attributes of the conventions [Q21]', async () => {
  const { tasq, work, one } = traced([job(() => 'done')])
  const { id } = await tasq.enqueue('job', 'secret-input')
  await work()
  const [send, process] = [one('send jobs'), one('process jobs')]
  expect([send.kind, process.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER])
  expect(parentOf(process)).toBe(idOf(send))
  expect(traceOf(process)).toBe(traceOf(send))
  const common = { 'messaging.system': 'tasq', 'messaging.destination.name': 'jobs', 'tasq.task': 'job' }
  expect(send.attributes).toEqual({
    ...common,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.message.id': id,
    'tasq.enqueue.status': 'created',
  })
  expect(process.attributes).toEqual({
    ...common,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.id': id,
    'tasq.attempt': 1,
    'tasq.worker.id': 'w1',
    'tasq.outcome': 'completed',
  })
  expect([send.status.code, process.status.code]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET])
})

test('neither inputs nor results get into spans', async () => {
  const { tasq, work, spans } = traced([job(() => 'secret-result')])
  await tasq.enqueue('job', 'secret-input', { keepResult: '1h' })
  await work()
  const told = JSON.stringify(
    spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  )
  expect(spans()).toHaveLength(2)
  expect(told).not.toContain('secret')
})

test('each attempt has a span of its own, with its number; a failure is an error with its type', async () => {
  let runs = 0
  const flaky = defineTask({
    name: 'flaky',
    queue: 'jobs',
    retry: { maxAttempts: 3, delay: '10ms', strategy: 'fixed' },
    run: () => {
      if (++runs < 3) throw new RangeError(`run ${runs}`)
    },
  })
  const { tasq, work, named, one } = traced([flaky])
  await tasq.enqueue('flaky')
  while (runs < 3) await work()
  const send = one('send jobs')
  const attempts = named('process jobs')
  expect(attempts.map(({ attributes }) => attributes['tasq.attempt'])).toEqual([1, 2, 3])
  expect(attempts.map(parentOf)).toEqual([idOf(send), idOf(send), idOf(send)])
  const [first, , last] = attempts
  expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'run 1' })
  expect(first?.attributes).toMatchObject({ 'error.type': 'RangeError', 'tasq.outcome': 'failed' })
  expect(first?.events[0]?.attributes).toMatchObject({
    'exception.type': 'RangeError',
    'exception.message': 'run 1',
  })
  expect(last?.status.code).toBe(SpanStatusCode.UNSET)
  expect(last?.attributes).not.toHaveProperty('error.type')
})

test.each([
  ['snoozed', () => snooze('1h')],
  ['discarded', () => discard('no longer wanted')],
] as const)('an attempt that is %s is no error', async (outcome, run) => {
  const { tasq, work, one } = traced([job(run)])
  await tasq.enqueue('job', 'x')
  await work()
  const { attributes, status, events } = one('process jobs')
  expect({ outcome: attributes['tasq.outcome'], code: status.code, events }).toEqual({
    outcome,
    code: SpanStatusCode.UNSET,
    events: [],
  })
})

test('a handler that asks for a pause of its queue has not failed', async () => {
  const limited = defineTask({
    name: 'job',
    queue: 'jobs',
    run: (_: string, { rateLimit }) => rateLimit('1h'),
  })
  const { tasq, one, named } = traced([limited])
  await tasq.enqueue('job', 'x')
  await tasq.worker({ pollInterval: 20 }).start()
  await expect.poll(() => named('process jobs').length).toBe(1)
  expect(one('process jobs').attributes['tasq.outcome']).toBe('snoozed')
  expect(one('process jobs').status.code).toBe(SpanStatusCode.UNSET)
})

test('an attempt that a cancel or a stop has ended is no error; one that took too long is', async () => {
  const waiting = defineTask({
    name: 'waiting',
    queue: 'jobs',
    run: (_: string, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  })
  const { tasq, named, spans } = traced([waiting])
  const worker = tasq.worker({ workerId: 'w1', pollInterval: 20 })
  await worker.start()
  const running = (count: number) => expect.poll(() => worker.health().activeTasks).toBe(count)
  await tasq.enqueue('waiting', 'late', { timeout: '20ms', retry: { maxAttempts: 1 } })
  const ends = (count: number) => expect.poll(() => named('process jobs').length).toBe(count)
  await ends(1)
  const handle = await tasq.enqueue('waiting', 'cancelled')
  await running(1)
  await handle.cancel()
  await ends(2)
  await tasq.enqueue('waiting', 'stopped')
  await running(1)
  await worker.stop({ wait: false })
  expect(named('process jobs').map(({ attributes }) => attributes['tasq.outcome'])).toEqual([
    'failed',
    'cancelled',
    'returned',
  ])
  expect(named('process jobs').map(({ status }) => status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
    SpanStatusCode.UNSET,
  ])
  expect(named('process jobs')[0]?.attributes['error.type']).toBe('TASQ_ATTEMPT_TIMEOUT')
  expect(spans().every(({ ended }) => ended)).toBe(true)
})

test('what a handler does is inside the span of its attempt: its own spans, its enqueues and its follow-ups', async () => {
  const child = defineTask({ name: 'child', queue: 'children', run: () => undefined })
  const parent = defineTask({
    name: 'parent',
    queue: 'parents',
    run: async (_: string, { enqueue }) => {
      await new Promise((resolve) => setImmediate(resolve))
      tracer.startSpan('own').end()
      await enqueue(child, undefined)
      await tasq.enqueue('child')
    },
  })
  const { tasq, tracer, work, one, named } = traced([parent, child])
  await tasq.enqueue('parent', 'x')
  await work()
  const attempt = one('process parents')
  expect(parentOf(one('own'))).toBe(idOf(attempt))
  const sends = named('send children')
  expect(sends.map(parentOf)).toEqual([idOf(attempt), idOf(attempt)])
  const children = named('process children')
  expect(new Set(children.map(parentOf))).toEqual(new Set(sends.map(idOf)))
  expect(new Set([...children, ...sends].map(traceOf))).toEqual(new Set([traceOf(attempt)]))
})

test('an enqueue belongs to the span that it is made in, an attempt not to that in which its worker was started', async () => {
  const { tasq, tracer, work, one } = traced([job(() => undefined)])
  const [request, boot] = [tracer.startSpan('request'), tracer.startSpan('boot')]
  await context.with(trace.setSpan(context.active(), request), () => tasq.enqueue('job', 'x'))
  await context.with(trace.setSpan(context.active(), boot), work)
  expect(parentOf(one('send jobs'))).toBe(request.spanContext().spanId)
  expect(parentOf(one('process jobs'))).toBe(idOf(one('send jobs')))
})

test('attempts may begin traces of their own, which link to the enqueue', async () => {
  const { tasq, work, one } = traced([job(() => undefined)], { attempts: 'link' })
  await tasq.enqueue('job', 'x')
  await work()
  const [send, process] = [one('send jobs'), one('process jobs')]
  expect(parentOf(process)).toBeUndefined()
  expect(traceOf(process)).not.toBe(traceOf(send))
  expect(process.links.map(({ context: { spanId, traceId } }) => ({ spanId, traceId }))).toEqual([
    { spanId: idOf(send), traceId: traceOf(send) },
  ])
})

test('many that are enqueued in one call have a span each, and each attempt finds its own', async () => {
  const { tasq, work, named } = traced([job(() => undefined)])
  await tasq.enqueueMany('job', ['a', 'b', 'c'])
  await work()
  const sends = named('send jobs')
  expect(sends).toHaveLength(3)
  const byId = new Map(sends.map((span) => [span.attributes['messaging.message.id'], idOf(span)]))
  for (const attempt of named('process jobs')) {
    expect(parentOf(attempt)).toBe(byId.get(attempt.attributes['messaging.message.id']))
  }
})

test('a trace that whoever enqueues has put into the headers is left there, and linked to', async () => {
  const { tasq, work, one } = traced([job(() => undefined)])
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  await tasq.enqueue('job', 'x', { headers: { traceparent } })
  await work()
  expect(one('send jobs').links.map(({ context: { spanId } }) => spanId)).toEqual(['b7ad6b7169203331'])
  expect(traceOf(one('process jobs'))).toBe(traceId)
  expect(parentOf(one('process jobs'))).toBe('b7ad6b7169203331')
})

test('an enqueue that is refused is an error, and a duplicate says that it is one', async () => {
  const { tasq, named } = traced([job(() => undefined)])
  const options = { unique: { key: 'k' } }
  await tasq.enqueue('job', 'x', options)
  await tasq.enqueue('job', 'x', options)
  tasq.driver.enqueue = () => Promise.reject(new Error('gone'))
  await expect(tasq.enqueue('job', 'y')).rejects.toThrow('gone')
  const sends = named('send jobs')
  expect(sends.map(({ attributes }) => attributes['tasq.enqueue.status'])).toEqual([
    'created',
    'duplicate',
    undefined,
  ])
  expect(sends[2]?.status.code).toBe(SpanStatusCode.ERROR)
  expect(sends[2]?.attributes['error.type']).toEqual(expect.any(String))
})

test('a run of a schedule begins a trace, and says which schedule it is', async () => {
  const { tasq, work, one, named } = traced([job(() => undefined)])
  await tasq.schedules.set({ id: 'nightly', task: 'job', input: 'x', every: '1h' })
  await tasq.schedules.trigger('nightly')
  await work()
  expect(named('send jobs')).toEqual([])
  expect(parentOf(one('process jobs'))).toBeUndefined()
  expect(one('process jobs').attributes['tasq.schedule']).toBe('nightly')
})

test('with traces switched off nothing is recorded, and a trace from elsewhere goes through', async () => {
  let headers: Readonly<Record<string, string>> = {}
  const task = defineTask({
    name: 'job',
    queue: 'jobs',
    run: (_: string, attempt) => {
      headers = attempt.headers
    },
  })
  const { tasq, tracer, work, spans } = traced([task], { tracerProvider: false })
  const request = tracer.startSpan('request')
  await context.with(trace.setSpan(context.active(), request), () => tasq.enqueue('job', 'x'))
  await work()
  const { traceId, spanId } = request.spanContext()
  expect(headers).toEqual({ traceparent: `00-${traceId}-${spanId}-01` })
  expect(spans()).toEqual([])
})
