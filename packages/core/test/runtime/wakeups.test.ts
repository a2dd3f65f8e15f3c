import { beforeEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/memory.ts'
import { Wakeups } from '../../src/runtime/wakeups.ts'

let clock: VirtualClock
let wakeups: Wakeups
beforeEach(() => {
  clock = new VirtualClock()
  wakeups = new Wakeups(clock)
})

/** The virtual time at which a wait ends. */
function wokenAt(wait: Promise<void>): { at: number | undefined } {
  const woken: { at: number | undefined } = { at: undefined }
  void wait.then(() => {
    woken.at = clock.monotonic()
  })
  return woken
}

describe('a sleeper', () => {
  test('wakes at a notice for its queue', async () => {
    const woken = wokenAt(wakeups.subscribe(['a', 'b']).wait(1_000))
    await clock.advance(10)
    wakeups.notify('b')
    await clock.advance(10)
    expect(woken.at).toBe(10)
  })

  test('sleeps on at a notice for another', async () => {
    const woken = wokenAt(wakeups.subscribe(['a']).wait(1_000))
    wakeups.notify('b')
    await clock.advance(999)
    expect(woken.at).toBeUndefined()
    await clock.advance(1)
    expect(woken.at).toBe(1_000)
  })

  test('wakes at a notice for everybody', async () => {
    const woken = wokenAt(wakeups.subscribe(['a']).wait(1_000))
    wakeups.notify()
    await clock.settle()
    expect(woken.at).toBe(0)
  })

  test('does not miss a notice that came before it waits, but minds it once only', async () => {
    const subscription = wakeups.subscribe(['a'])
    wakeups.notify('a')
    wakeups.notify('a')
    const first = wokenAt(subscription.wait(1_000))
    await clock.settle()
    expect(first.at).toBe(0)
    const second = wokenAt(subscription.wait(1_000))
    await clock.advance(1_000)
    expect(second.at).toBe(1_000)
  })

  test('does not miss a notice that comes while it looks for itself', async () => {
    const subscription = wakeups.subscribe(['a'])
    const first = wokenAt(subscription.wait(1_000))
    wakeups.notify('a')
    await clock.settle()
    wakeups.notify('a') // it is awake now, and looks
    const second = wokenAt(subscription.wait(1_000))
    await clock.settle()
    expect([first.at, second.at]).toEqual([0, 0])
  })

  test('wakes when its signal aborts, and does not fall asleep where it has before', async () => {
    const controller = new AbortController()
    const subscription = wakeups.subscribe(['a'])
    const during = wokenAt(subscription.wait(1_000, controller.signal))
    await clock.advance(5)
    controller.abort()
    await clock.settle()
    const after = wokenAt(subscription.wait(1_000, controller.signal))
    await clock.settle()
    expect([during.at, after.at]).toEqual([5, 5])
  })

  test('does not sleep for no time', async () => {
    const woken = wokenAt(wakeups.subscribe(['a']).wait(0))
    await clock.settle()
    expect(woken.at).toBe(0)
  })
})

test('a closed subscription hears nothing, and nobody is watched any more', () => {
  const one = wakeups.subscribe(['a'])
  const other = wakeups.subscribe(['a'])
  expect(wakeups.isWatched).toBe(true)
  one.close()
  one.close()
  expect(wakeups.isWatched).toBe(true)
  other.close()
  expect(wakeups.isWatched).toBe(false)
})

test('a notice wakes every sleeper of the queue', async () => {
  const all = [1, 2, 3].map(() => wokenAt(wakeups.subscribe(['a']).wait(1_000)))
  wakeups.notify('a')
  await clock.settle()
  expect(all.map(({ at }) => at)).toEqual([0, 0, 0])
})

describe('news from outside', () => {
  test('are listened to while somebody sleeps, and only then', async () => {
    const told: string[] = []
    const outside = new Wakeups(clock, () => {
      told.push('listens')
      return () => void told.push('stops')
    })
    const [one, other] = [outside.subscribe(['a']), outside.subscribe(['a'])]
    expect(told).toEqual([])
    const first = one.wait(100)
    const second = other.wait(200)
    expect(told).toEqual(['listens'])
    await clock.advance(150)
    await first
    expect(told).toEqual(['listens'])
    await clock.advance(100)
    await second
    expect(told).toEqual(['listens', 'stops'])
  })

  test('are not listened to by a wait that is over before it begins: the driver may be closed by then', async () => {
    let listens = 0
    const outside = new Wakeups(clock, () => {
      listens++
      return () => undefined
    })
    const subscription = outside.subscribe(['a'])
    outside.notify()
    await subscription.wait(100)
    await subscription.wait(100, AbortSignal.abort())
    await subscription.wait(0)
    expect(listens).toBe(0)
  })

  test('that come while it begins to listen are not missed', async () => {
    const outside: Wakeups = new Wakeups(clock, () => {
      outside.notify('a')
      return () => undefined
    })
    const woken = wokenAt(outside.subscribe(['a']).wait(1_000))
    await clock.settle()
    expect(woken.at).toBe(0)
  })

  test('that cannot be listened to are an error of that wait, and are tried again by the next', async () => {
    let tries = 0
    const outside = new Wakeups(clock, () => {
      if (++tries === 1) throw new Error('not now')
      return () => undefined
    })
    const subscription = outside.subscribe(['a'])
    await expect(subscription.wait(100)).rejects.toThrow('not now')
    const woken = wokenAt(subscription.wait(100))
    await clock.advance(100)
    expect([woken.at, tries]).toEqual([100, 2])
  })
})
