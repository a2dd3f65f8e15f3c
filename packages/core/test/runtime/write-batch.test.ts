import { beforeEach, describe, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { VirtualClock } from '../../src/memory.ts'
import { type BatchWriter, writeBatch } from '../../src/runtime/write-batch.ts'
import { refusal, unavailable } from '../support/faulty-driver.ts'

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
    send: (batch, callId, attempt) => {
      calls.push(`${callId}#${attempt} ${batch.join('')}`)
      return send(batch, callId, attempt)
    },
    nextCallId: () => `call${++callCount}`,
    answer: (entry, answer, attempt) => log.push(`${entry} ${answer} at attempt ${attempt}`),
    refuse: (entry) => log.push(`${entry} refused`),
    giveUp: (entry) => log.push(`${entry} given up`),
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

test('one call answers each entry', async () => {
  await write(['a', 'b'], { send: async () => ['one', 'two'] })
  expect(log).toEqual(['a one at attempt 1', 'b two at attempt 1'])
  expect(calls).toEqual(['call1#1 ab'])
})

test('nothing to write is no call', async () => {
  await write([], { send: accept })
  expect(calls).toEqual([])
})

test('an entry that the driver forgot to answer is given up, the others are answered', async () => {
  await write(['a', 'b'], { send: async () => ['ok'] })
  expect(log).toEqual(['a ok at attempt 1', 'b given up'])
})

describe('an error that may pass', () => {
  test('repeats the same call under the same id, later each time', async () => {
    const fail = failing(unavailable())
    await write(['a', 'b'], { send: inTurn(fail, fail, accept) })
    expect(calls).toEqual(['call1#1 ab', 'call1#2 ab', 'call1#3 ab'])
    expect(log).toEqual(['retry 1 of 2', 'retry 2 of 2', 'a ok at attempt 3', 'b ok at attempt 3'])
  })

  test('gives up what is late, and goes on with what is not, where entries are separable', async () => {
    await write(['a', 'b'], {
      send: inTurn(failing(unavailable()), accept),
      isLate: (entry) => entry === 'a',
    })
    expect(calls).toEqual(['call1#1 ab', 'call1#2 b'])
    expect(log).toEqual(['retry 1 of 2', 'a given up', 'b ok at attempt 2'])
  })

  test('gives up the whole call when one of it is late, where only the call can be repeated', async () => {
    await write(['a', 'b'], {
      send: failing(unavailable()),
      separable: false,
      isLate: (entry) => entry === 'a',
    })
    expect(calls).toEqual(['call1#1 ab'])
    expect(log).toEqual(['retry 1 of 2', 'a given up', 'b given up'])
  })

  test('ends, however long it lasts, when everything is late', async () => {
    const isLate = (_: string, now: number) => now >= 30_000
    await write(['a', 'b'], { send: failing(unavailable()), isLate })
    expect(log.slice(-2)).toEqual(['a given up', 'b given up'])
    expect(calls.length).toBeGreaterThan(5)
  })
})

describe('an error that will not pass', () => {
  const refuseThoseWith = (bad: string): Send => {
    return async (entries) => {
      if (entries.includes(bad)) throw refusal()
      return entries.map(() => 'ok')
    }
  }

  test('splits the batch, under new ids, until the bad entry stands alone', async () => {
    await write(['a', 'b', 'X', 'd', 'e'], { send: refuseThoseWith('X') })
    expect(calls).toEqual(['call1#1 abXde', 'call2#1 ab', 'call3#1 Xde', 'call4#1 X', 'call5#1 de'])
    expect(log).toEqual([
      'a ok at attempt 1',
      'b ok at attempt 1',
      'X refused',
      'd ok at attempt 1',
      'e ok at attempt 1',
    ])
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
    expect(calls).toEqual(['call1#1 ab', 'call1#2 ab'])
    expect(log).toEqual(['retry 1 of 2', 'a given up', 'b given up'])
  })

  test('after a try of unknown outcome splits separable entries, which remember that they were tried', async () => {
    await write(['a', 'X'], { send: inTurn(failing(unavailable()), refuseThoseWith('X')) })
    expect(calls).toEqual(['call1#1 aX', 'call1#2 aX', 'call2#2 a', 'call3#2 X'])
    expect(log).toEqual(['retry 1 of 2', 'a ok at attempt 2', 'X refused'])
  })
})

describe('an error that will not pass, of a call that may have been carried out all the same', () => {
  const fail = failing(
    new StoreError('TASQ_STORE_FAILED', 'The disk broke.', { nextStep: 'Look.', outcome: 'unknown' }),
  )

  test('splits nothing where only the call can be repeated: its outcome is unknown', async () => {
    await write(['a', 'b'], { send: fail, separable: false })
    expect(calls).toEqual(['call1#1 ab'])
    expect(log).toEqual(['a given up', 'b given up'])
  })

  test('is no refusal of an entry that stands alone', async () => {
    await write(['a'], { send: fail, separable: false })
    await write(['b'], { send: fail })
    expect(log).toEqual(['a given up', 'b given up'])
  })

  test('splits what may be repeated, to save what can be', async () => {
    await write(['a', 'b'], { send: inTurn(fail, fail, accept) })
    expect(calls).toEqual(['call1#1 ab', 'call2#1 a', 'call3#1 b'])
    expect(log).toEqual(['a given up', 'b ok at attempt 1'])
  })
})
