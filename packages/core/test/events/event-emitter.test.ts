import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EventEmitter } from '../../src/events/event-emitter.ts'

const enqueued = { id: 'task-1', queue: 'default', task: 'work' }

let events: EventEmitter
beforeEach(() => {
  events = new EventEmitter()
})

function emit(): void {
  events.emit('task:enqueued', () => enqueued)
}

describe('a listener', () => {
  test('hears its event, in the order in which listeners came, until it is stopped [Q11]', () => {
    const heard: string[] = []
    const stop = events.on('task:enqueued', ({ id }) => void heard.push(`first ${id}`))
    events.on('task:enqueued', ({ id }) => void heard.push(`second ${id}`))
    emit()
    stop()
    emit()
    expect(heard).toEqual(['first task-1', 'second task-1', 'second task-1'])
  })

  test('hears nothing else', () => {
    const listener = vi.fn()
    events.on('task:started', listener)
    emit()
    expect(listener).not.toHaveBeenCalled()
  })

  test('that is stopped twice takes nobody else with it', () => {
    const later = vi.fn()
    const stop = events.on('task:enqueued', () => undefined)
    stop()
    events.on('task:enqueued', later)
    stop()
    emit()
    expect(later).toHaveBeenCalledOnce()
    expect(events.isQuiet).toBe(false)
  })

  test('may stop itself, and others, while it is told', () => {
    const heard: string[] = []
    const stopFirst = events.on('task:enqueued', () => {
      heard.push('first')
      stopFirst()
    })
    events.on('task:enqueued', () => void heard.push('second'))
    emit()
    emit()
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  test('that is added while others are told hears the next event', () => {
    const late = vi.fn()
    const stop = events.on('task:enqueued', () => {
      stop()
      events.on('task:enqueued', late)
    })
    emit()
    expect(late).not.toHaveBeenCalled()
    emit()
    expect(late).toHaveBeenCalledOnce()
  })
})

test('an event nobody listens to is not even made', () => {
  const make = vi.fn(() => enqueued)
  expect(events.isQuiet).toBe(true)
  events.on('task:started', () => undefined)
  expect(events.isQuiet).toBe(false)
  events.emit('task:enqueued', make)
  expect(make).not.toHaveBeenCalled()
})

describe('a listener that fails', () => {
  const warnings: string[] = []
  beforeEach(() => {
    warnings.length = 0
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
  })
  afterEach(() => vi.restoreAllMocks())

  test.each([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['rejects', () => Promise.reject(new Error('oops'))],
  ])('and %s harms nobody and is told as listener:error', async (_, failing) => {
    const others = vi.fn()
    const reports: unknown[] = []
    events.on('task:enqueued', failing)
    events.on('task:enqueued', others)
    events.on('listener:error', (report) => void reports.push(report))
    emit()
    await Promise.resolve()
    await Promise.resolve()
    expect(others).toHaveBeenCalledOnce()
    expect(reports).toEqual([{ event: 'task:enqueued', error: new Error('oops') }])
    expect(warnings).toEqual([])
  })

  test('is a process warning where nobody listens to listener:error', () => {
    events.on('task:enqueued', () => {
      throw new Error('oops')
    })
    emit()
    expect(warnings).toEqual([expect.stringContaining("A listener of 'task:enqueued' failed: Error: oops")])
  })

  test('to listener:error itself is a process warning and no endless loop', () => {
    events.on('task:enqueued', () => {
      throw new Error('first')
    })
    events.on('listener:error', () => {
      throw new Error('second')
    })
    emit()
    expect(warnings).toEqual([
      expect.stringContaining("A listener of 'listener:error' failed: Error: second"),
    ])
  })
})
