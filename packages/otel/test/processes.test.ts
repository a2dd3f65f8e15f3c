import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { createTasq, defineTask } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { finishNode, temporaryFolder } from '@tasq/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { openTelemetry } from '../src/index.ts'
import { idOf, recorder, traced, traceOf } from './support/recorder.ts'

interface ToldSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
}

const first = defineTask({ name: 'first', queue: 'jobs', run: (_: string) => undefined })

/** An app on a file of its own, without a worker. */
function producer() {
  const file = `${temporaryFolder()}/tasq.db`
  const recorded = recorder()
  const { tracerProvider } = recorded
  const driver = sqlite(file)
  const tasq = createTasq({ driver, tasks: [first], middleware: [openTelemetry({ tracerProvider })] })
  onTestFinished(() => tasq.close())
  return { ...recorded, tasq, file }
}

/** The spans that a process of its own makes when it works off the file. */
async function workElsewhere(file: string): Promise<readonly ToldSpan[]> {
  const script = fileURLToPath(new URL('./fixtures/worker.ts', import.meta.url))
  const { code, out, err } = await finishNode([script], { env: { TRACED_FILE: file } })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ToldSpan)
}

test('what one process enqueues and another one works off is one trace [Q21]', async () => {
  const { tasq, file, one } = producer()
  await tasq.enqueue('first', 'x')
  const told = await workElsewhere(file)
  const send = one('send jobs')
  expect(new Set(told.map(({ traceId }) => traceId))).toEqual(new Set([traceOf(send)]))
  const [attempt, followUp] = told.filter(({ name }) => name === 'process jobs')
  const [sendAgain] = told.filter(({ name }) => name === 'send jobs')
  expect(attempt?.parent).toBe(idOf(send))
  expect(told.find(({ name }) => name === 'own')?.parent).toBe(attempt?.spanId)
  expect(sendAgain?.parent).toBe(attempt?.spanId)
  expect(followUp?.parent).toBe(sendAgain?.spanId)
})

test('an enqueue in a transaction of the user carries its trace as well', async () => {
  const { tasq, file, one } = producer()
  await tasq.open()
  const tx = new DatabaseSync(file)
  tx.exec('BEGIN IMMEDIATE')
  await tasq.enqueue('first', 'x', { tx })
  tx.exec('COMMIT')
  tx.close()
  const told = await workElsewhere(file)
  expect(told.find(({ name }) => name === 'process jobs')?.parent).toBe(idOf(one('send jobs')))
})

test.each(['thread', 'process'] as const)(
  'a handler in a %s finds the trace in its context; the span of its attempt is in the worker',
  async (execution) => {
    const module = new URL('./fixtures/traced-handler.ts', import.meta.url)
    const task = defineTask({ name: 'job', queue: 'jobs', execution, module, keepResult: '1h' })
    const { tasq, one, named } = traced([task])
    await tasq.worker({ pollInterval: 20, poolSize: 1 }).start()
    const handle = await tasq.enqueue('job', undefined)
    const found = await handle.result({ timeout: '20s' })
    await expect.poll(() => named('process jobs').length).toBe(1)
    const send = one('send jobs')
    expect(found).toEqual({ traceId: traceOf(send), spanId: idOf(send) })
    expect(one('process jobs').attributes['tasq.outcome']).toBe('completed')
  },
)
