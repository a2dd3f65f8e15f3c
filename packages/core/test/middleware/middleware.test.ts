import { describe, expect, test } from 'vitest'
import { runChain } from '../../src/middleware/middleware.ts'

/** Wrappers that know nothing but how to go on. */
function through<Result>(
  wrappers: readonly ((next: () => Promise<Result>) => Promise<Result>)[],
  innermost: () => Promise<Result>,
): Promise<Result> {
  return runChain(wrappers, (wrapper, next) => wrapper(next), innermost)
}

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
    expect(await through([wrapper('a'), wrapper('b')], innermost)).toBe('a(b(x))')
    expect(order).toEqual(['a in', 'b in', 'work', 'b out', 'a out'])
  })

  test('of nothing is the innermost itself', async () => {
    expect(await through([], async () => 'x')).toBe('x')
  })

  test('that ends early never reaches what is inside', async () => {
    let reached = false
    const stop: Wrapper = async () => 'stopped'
    const result = await through([stop], async () => {
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
    expect(await through([rescue, (next) => next()], fail)).toBe('rescued inside')
    await expect(through([(next) => next()], fail)).rejects.toThrow('inside')
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
    await expect(through([twice], innermost)).rejects.toThrow('next() was called twice')
    expect(runs).toBe(1)
  })

  test('may run again as a whole: the count of next() is that of one run', async () => {
    const chain = [(next: () => Promise<string>) => next()]
    expect(await through(chain, async () => 'first')).toBe('first')
    expect(await through(chain, async () => 'second')).toBe('second')
  })
})
