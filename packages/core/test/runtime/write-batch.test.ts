import { beforeEach, describe, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { VirtualClock } from '../../src/memory.ts'
import { type BatchWriter, isRetryable, writeBatch } from '../../src/runtime/write-batch.ts'
import { busy, refusal, unavailable } from '../support/faulty-driver.ts'

type Send = BatchWriter<string, string>['send']

let clock: VirtualClock
let log: string[]
let calls: string[]
beforeEach(() => {
  clock = new VirtualClock()
  log = []
  calls = []
})

const accept: Send = async (entries) => entries.map(() => 'ok')

interface Behaviour {
  readonly send: Send
  readonly separable?: boolean
  readonly isLate?: (entry: string, now: number) => boolean
}

async function write(entries: readonly string[], behaviour: Behaviour): Promise<void> {
  const { send, separable = true, isLate = () => false } = behaviour
  let callCount = 0
  const writer: BatchWriter<string, string> = {
    clock,
    separable,
    isLate,
    repeats: isRetryable,
    send: (batch, callId) => {
      calls.push(`${callId} ${batch.join('')}`)
      return send(batch, callId)
    },
    nextCallId: () => `call${++callCount}`,
    answer: (entry, answer, unsure) => log.push(`${entry} ${answer}${unsure ? ', perhaps again' : ''}`),
    refuse: (entry) => log.push(`${entry} refused`),
    giveUp: (entry, _, unsure) => log.push(`${entry} given up${unsure ? ', perhaps written' : ''}`),
    onRetry: (_, attempt, count) => log.push(`retry ${attempt} of ${count}`),
  }
  const written = writeBatch(writer, entries)
  await clock.advance(600_000)
  await written
}

/** The sends behave one after another as listed, the last one for good. */
function inTurn(...sends: readonly [Send, ...Send[]]): Send {
  let turn = 0
  return (...call) => {
    const send = sends[Math.min(turn++, sends.length - 1)] ?? sends[0]
    return send(...call)
  }
}

const failing = (error: Error): Send => {
  return async () => {
    throw error
  }
}

const refuseThoseWith = (bad: string): Send => {
  return async (entries) => {
    if (entries.includes(bad)) throw refusal()
    return entries.map(() => 'ok')
  }
}

test('one call answers each entry', async () => {
  await write(['a', 'b'], { send: async () => ['one', 'two'] })
  expect(log).toEqual(['a one', 'b two'])
  expect(calls).toEqual(['call1 ab'])
})

test('nothing to write is no call', async () => {
  await write([], { send: accept })
  expect(calls).toEqual([])
})

test('an entry that the driver forgot to answer is given up, the others are answered', async () => {
  await write(['a', 'b'], { send: async () => ['ok'] })
  expect(log).toEqual(['a ok', 'b given up, perhaps written'])
})

describe('an error that may pass', () => {
  test('repeats the same call under the same id, later each time', async () => {
    const fail = failing(unavailable())
    await write(['a', 'b'], { send: inTurn(fail, fail, accept) })
    expect(calls).toEqual(['call1 ab', 'call1 ab', 'call1 ab'])
    expect(log).toEqual(['retry 1 of 2', 'retry 2 of 2', 'a ok, perhaps again', 'b ok, perhaps again'])
  })

  test('gives up what is late, and goes on with what is not, where entries are separable', async () => {
    await write(['a', 'b'], {
      send: inTurn(failing(unavailable()), accept),
      isLate: (entry) => entry === 'a',
    })
    expect(calls).toEqual(['call1 ab', 'call1 b'])
    expect(log).toEqual(['retry 1 of 2', 'a given up, perhaps written', 'b ok, perhaps again'])
  })

  test('gives up the whole call when one of it is late, where only the call can be repeated', async () => {
    await write(['a', 'b'], {
      send: failing(unavailable()),
      separable: false,
      isLate: (entry) => entry === 'a',
    })
    expect(calls).toEqual(['call1 ab'])
    expect(log).toEqual(['retry 1 of 2', 'a given up, perhaps written', 'b given up, perhaps written'])
  })

  test('ends, however long it lasts, when everything is late', async () => {
    const isLate = (_: string, now: number) => now >= 30_000
    await write(['a', 'b'], { send: failing(unavailable()), isLate })
    expect(log.slice(-2)).toEqual(['a given up, perhaps written', 'b given up, perhaps written'])
    expect(calls.length).toBeGreaterThan(5)
  })
})

describe('an error that may pass, of a call that was certainly not carried out', () => {
  test('leaves no doubt about what its repeat answers', async () => {
    await write(['a'], { send: inTurn(failing(busy()), accept) })
    expect(log).toEqual(['retry 1 of 1', 'a ok'])
  })

  test('leaves none about what is given up, nor about what goes on in a smaller call', async () => {
    await write(['a', 'b'], {
      send: inTurn(failing(busy()), accept),
      separable: false,
      isLate: (entry) => entry === 'a',
    })
    expect(calls).toEqual(['call1 ab', 'call1 b'])
    expect(log).toEqual(['retry 1 of 2', 'a given up', 'b ok'])
  })

  test('may be followed by a refusal, which splits even where only the call can be repeated', async () => {
    await write(['a', 'X'], { send: inTurn(failing(busy()), refuseThoseWith('X')), separable: false })
    expect(calls).toEqual(['call1 aX', 'call1 aX', 'call2 a', 'call3 X'])
    expect(log).toEqual(['retry 1 of 2', 'a ok', 'X refused'])
  })
})

describe('an error that will not pass', () => {
  test('splits the batch, under new ids, until the bad entry stands alone', async () => {
    await write(['a', 'b', 'X', 'd', 'e'], { send: refuseThoseWith('X') })
    expect(calls).toEqual(['call1 abXde', 'call2 ab', 'call3 Xde', 'call4 X', 'call5 de'])
    expect(log).toEqual(['a ok', 'b ok', 'X refused', 'd ok', 'e ok'])
  })

  test('of something unknown counts as one that will not pass', async () => {
    await write(['a'], { send: failing(new TypeError('a bug')) })
    expect(log).toEqual(['a refused'])
  })

  test('refuses each entry where all are bad', async () => {
    await write(['a', 'b', 'c'], { send: failing(refusal()) })
    expect(log).toEqual(['a refused', 'b refused', 'c refused'])
  })

  test('after a try of unknown outcome splits nothing where only the call can be repeated', async () => {
    await write(['a', 'b'], {
      send: inTurn(failing(unavailable()), failing(refusal())),
      separable: false,
    })
    expect(calls).toEqual(['call1 ab', 'call1 ab'])
    expect(log).toEqual(['retry 1 of 2', 'a given up, perhaps written', 'b given up, perhaps written'])
  })

  test('after a try of unknown outcome splits separable entries, which remember that they were tried', async () => {
    await write(['a', 'X'], { send: inTurn(failing(unavailable()), refuseThoseWith('X')) })
    expect(calls).toEqual(['call1 aX', 'call1 aX', 'call2 a', 'call3 X'])
    expect(log).toEqual(['retry 1 of 2', 'a ok, perhaps again', 'X refused'])
  })
})

describe('an error that will not pass, of a call that may have been carried out all the same', () => {
  const fail = failing(
    new StoreError('TASQ_STORE_FAILED', 'The disk broke.', { nextStep: 'Look.', outcome: 'unknown' }),
  )

  test('splits nothing where only the call can be repeated: its outcome is unknown', async () => {
    await write(['a', 'b'], { send: fail, separable: false })
    expect(calls).toEqual(['call1 ab'])
    expect(log).toEqual(['a given up, perhaps written', 'b given up, perhaps written'])
  })

  test('is no refusal of an entry that stands alone', async () => {
    await write(['a'], { send: fail, separable: false })
    await write(['b'], { send: fail })
    expect(log).toEqual(['a given up, perhaps written', 'b given up, perhaps written'])
  })

  test('splits what may be repeated, to save what can be', async () => {
    await write(['a', 'b'], { send: inTurn(fail, fail, accept) })
    expect(calls).toEqual(['call1 ab', 'call2 a', 'call3 b'])
    expect(log).toEqual(['a given up, perhaps written', 'b ok, perhaps again'])
  })
})
