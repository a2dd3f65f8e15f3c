import { expect, test } from 'vitest'
import { QueueRates } from '../../src/engine/queue-rates.ts'

function counted(rates: QueueRates, queue: string, ended: number, failed = 0): void {
  for (let index = 0; index < ended; index++) rates.count(queue, index < failed)
}

test('what ended in the last minute is told for each queue, and what failed of it', () => {
  const rates = new QueueRates()
  for (let at = 0; at <= 120_000; at += 10_000) {
    counted(rates, 'a', 10, 2)
    rates.read(at)
  }
  counted(rates, 'b', 3)
  expect(rates.read(120_000)).toEqual({
    a: { perMinute: 60, failedPerMinute: 12 },
    b: { perMinute: 3, failedPerMinute: 0 },
  })
})

test('a queue in which nothing has ended for a minute is not told', () => {
  const rates = new QueueRates()
  counted(rates, 'a', 5)
  rates.read(10_000)
  for (let at = 20_000; at <= 70_000; at += 10_000) rates.read(at)
  expect(rates.read(70_000)).toEqual({})
})

test('a worker that has not been up for a minute tells how fast it is so far, and makes no guess before ten seconds', () => {
  const rates = new QueueRates()
  counted(rates, 'a', 10)
  expect(rates.read(100)).toEqual({ a: { perMinute: 60, failedPerMinute: 0 } })
  expect(rates.read(30_000)).toEqual({ a: { perMinute: 20, failedPerMinute: 0 } })
})

test('of many queues the busiest are told', () => {
  const rates = new QueueRates()
  for (let queue = 1; queue <= 150; queue++) counted(rates, `q${queue}`, queue)
  const told = Object.keys(rates.read(60_000))
  expect(told).toHaveLength(100)
  expect(told[0]).toBe('q150')
  expect(told).not.toContain('q50')
})

test('however often somebody asks, few samples are kept and the rate stays that of a minute', () => {
  const rates = new QueueRates()
  for (let at = 0; at <= 180_000; at += 100) {
    rates.count('a', false)
    rates.read(at)
  }
  const rate = rates.read(180_000)['a']?.perMinute ?? 0
  expect(rate).toBeGreaterThan(590)
  expect(rate).toBeLessThan(610)
})
