import { expect, test } from 'vitest'
import { ExactlyOnceRing } from '../src/workloads/exactly-once-ring.ts'
import { slopeOf } from '../src/workloads/slope.ts'
import { heapOf } from '../src/workloads/soak.ts'

test('the slope is that of the straight line nearest to all points', () => {
  const line = [1, 2, 3, 4].map((x) => ({ x, y: 5 * x + 7 }))
  expect(slopeOf(line)).toBeCloseTo(5)
  const noisy = [-1, 1, 1, -1].map((noise, x) => ({ x, y: -2 * x + noise }))
  expect(slopeOf(noisy)).toBeCloseTo(-2)
  expect(slopeOf([{ x: 1, y: 1 }])).toBeNaN()
})

test('growth of the heap counts in the second half only, in kB a minute', () => {
  const samples = [0, 10, 20, 30, 40, 50].map((seconds, index) => ({
    seconds,
    kb: index < 3 ? index * 1_024 * 1_024 : 2_048 + seconds,
  }))
  const heap = heapOf(samples)
  expect(heap['heap kB/min']).toBeCloseTo(60)
  expect(heap['first MB']).toBe(0)
  expect(heap['last MB']).toBeCloseTo(2.05, 2)
})

test('tasks run in any order, and each place of the ring is used again and again', () => {
  const once = new ExactlyOnceRing(3)
  for (let round = 0; round < 5; round++) {
    const sent = [once.send(), once.send(), once.send()]
    expect(once.hasPlace).toBe(false)
    for (const index of sent.reverse()) once.run(index)
  }
  expect({ ran: once.ran, outstanding: once.outstanding }).toEqual({ ran: 15, outstanding: 0 })
})

test('a task that runs twice is noticed, also when its place has another task meanwhile', () => {
  const once = new ExactlyOnceRing(2)
  const first = once.send()
  once.run(first)
  expect(() => once.run(first)).toThrow('task 0 ran once too often')
  once.run(once.send())
  once.send()
  expect(() => once.run(first)).toThrow('task 0 ran once too often')
})

test('a task that does not run keeps its place', () => {
  const once = new ExactlyOnceRing(2)
  once.send()
  once.run(once.send())
  expect({ hasPlace: once.hasPlace, outstanding: once.outstanding }).toEqual({
    hasPlace: false,
    outstanding: 1,
  })
  expect(() => once.send()).toThrow('task 0 has not run')
})
