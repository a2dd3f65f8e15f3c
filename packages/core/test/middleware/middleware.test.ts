import { describe, expect, test } from 'vitest'
import { runChain } from '../../src/middleware/middleware.ts'

type Wrapper = (next: () => Promise<string>) => Promise<string>

describe('a chain', () => {
  test('runs the first wrapper outermost, and the innermost once', async () => {
    const order: string[] = []
    const wrapper = (name: string): Wrapper => {
      return async (next) => {
        order.push(`${name} in`)
        const result = await next()
        order.push(`${name} out`)
        return `${name}(${result})`
      }
    }
    const innermost = async () => {
      order.push('work')
      return 'x'
    }
    expect(await runChain([wrapper('a'), wrapper('b')], innermost)).toBe('a(b(x))')
    expect(order).toEqual(['a in', 'b in', 'work', 'b out', 'a out'])
  })

  test('of nothing is the innermost itself', async () => {
    expect(await runChain([], async () => 'x')).toBe('x')
  })

  test('that ends early never reaches what is inside', async () => {
    let reached = false
    const stop: Wrapper = async () => 'stopped'
    const result = await runChain([stop], async () => {
      reached = true
      return 'x'
    })
    expect([result, reached]).toEqual(['stopped', false])
  })

  test('passes an error outwards, where a wrapper may take it', async () => {
    const rescue: Wrapper = (next) => next().catch((error: Error) => `rescued ${error.message}`)
    const fail = async () => {
      throw new Error('inside')
    }
    expect(await runChain([rescue, (next) => next()], fail)).toBe('rescued inside')
    await expect(runChain([(next) => next()], fail)).rejects.toThrow('inside')
  })

  test('refuses a second next() of one wrapper and does not run the inside twice', async () => {
    let runs = 0
    const twice: Wrapper = async (next) => {
      await next()
      return await next()
    }
    const innermost = async () => {
      runs++
      return 'x'
    }
    await expect(runChain([twice], innermost)).rejects.toThrow('next() was called twice')
    expect(runs).toBe(1)
  })

  test('may run again as a whole: the count of next() is that of one run', async () => {
    const chain = [(next: () => Promise<string>) => next()]
    expect(await runChain(chain, async () => 'first')).toBe('first')
    expect(await runChain(chain, async () => 'second')).toBe('second')
  })
})
