import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createTasq, defineTask } from '@tasq/core'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import { CuttableProxy } from '@tasq/test-support'
import stringWidth from 'string-width'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { brokerFlags, onRabbitmq } from './support/broker-trials.ts'
import { onRedis, serverFlags } from './support/driver-trials.ts'
import { finish } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { type FakeScreen, onScreen, onTerminal } from './support/screen.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

const text = (letter: string) => ({ text: letter })

/** An app on the file that the command takes by itself. */
function appIn(folder: string) {
  const fail = defineTask({
    name: 'fail',
    retry: { maxAttempts: 1 },
    run: () => {
      throw new RangeError('no such\nhost')
    },
  })
  const app = createTasq({ driver: sqlite(join(folder, 'tasq.db')), tasks: [fail] })
  onTestFinished(() => app.close())
  return { app, fail }
}

/** Two queues, the first with two tasks. */
async function twoQueues(): Promise<{ readonly folder: string; readonly store: Store }> {
  const folder = userFolder()
  const store = new Store(folder)
  await store.add('note', 1, { queue: 'alpha' })
  await store.add('note', 2, { queue: 'alpha' })
  await store.add('note', 3, { queue: 'beta' })
  return { folder, store }
}

/** The line of a queue. */
function row(shown: string, queue: string): string {
  return shown.split('\n').find((line) => line.replace('›', ' ').trimStart().startsWith(`${queue} `)) ?? ''
}

async function quit(screen: FakeScreen): Promise<void> {
  screen.press(text('q'))
  expect(await screen.ended, screen.printed()).toBe(0)
}

describe('without a terminal tasq top prints one frame and ends', () => {
  test('with queues, workers and what failed', async () => {
    const folder = userFolder()
    const { app, fail } = appIn(folder)
    const queue = app.queue('mail')
    await queue.pause()
    await app.enqueue(defineTask({ name: 'note' }), undefined, { queue: 'mail' })
    await app.enqueue(defineTask({ name: 'note' }), undefined, { queue: 'mail', delay: '1h' })
    await app.enqueue(fail)
    const worker = app.worker({ queues: ['default'], concurrency: 7, workerId: 'the-worker' })
    await worker.start()
    await expect.poll(async () => (await app.queue('default').counts()).dead).toBe(1)
    const { code, out, err } = await finish(folder, 'top')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^sqlite: 2 queues, 1 worker /)
    expect(row(out, 'mail')).toMatch(/^mail +1 +1 +0 +0 +\d+\S+ +0 +0 +0 +paused$/)
    expect(row(out, 'default')).toMatch(/^default +0 +0 +0 +1 +\d+ +\d+ +1$/)
    expect(row(out, 'the-worker')).toMatch(/^the-worker +\S+:\d+ +running +0\/7 /)
    expect(out).toMatch(/^\d\d:\d\d:\d\d +fail +default +dead +1 +RangeError: no such host$/m)
  })

  test('as it does with --once on one, and with --json, which programs read', async () => {
    const { folder } = await twoQueues()
    const screen = onScreen(folder, 'top', '--once')
    expect(await screen.ended).toBe(0)
    expect(screen.text()).toBe('')
    expect(row(screen.printed(), 'alpha')).toMatch(/^alpha +2 /)
    const onJson = onScreen(folder, 'top', '--json')
    expect(await onJson.ended).toBe(0)
    expect(JSON.parse(onJson.printed())).toMatchObject({
      driver: 'sqlite',
      queues: [{ queue: 'alpha', counts: { ready: 2 }, paused: false }, { queue: 'beta' }],
      workers: [],
      failures: [],
    })
  })

  test('--queues shows only those', async () => {
    const { folder } = await twoQueues()
    const { out } = await tasq(folder, 'top', '--queues', 'beta,gamma')
    expect(row(out.join('\n'), 'beta')).toMatch(/^beta +1 /)
    expect(row(out.join('\n'), 'gamma')).toMatch(/^gamma +0 /)
    expect(row(out.join('\n'), 'alpha')).toBe('')
  })

  test('on a server', async () => {
    const queue = randomUUID()
    await onRedis().enqueue(defineTask({ name: 'note' }), undefined, { queue })
    const { code, out, err } = await finish(
      userFolder('redis'),
      'top',
      '--queues',
      queue,
      ...serverFlags('redis'),
    )
    expect(code, err).toBe(0)
    expect(row(out, queue)).toMatch(/ +1 +0 +0 +0 +\d+/)
  })

  test('on a broker, which shows less and does not tell its queues', async () => {
    const queue = randomUUID()
    await onRabbitmq().enqueue(defineTask({ name: 'note' }), undefined, { queue })
    const folder = userFolder('rabbitmq')
    const none = await finish(folder, 'top', ...brokerFlags('rabbitmq'))
    expect(none).toMatchObject({ code: 0, out: expect.stringContaining('name some by --queues') })
    const { out } = await finish(folder, 'top', '--queues', queue, ...brokerFlags('rabbitmq'))
    expect(row(out, queue)).toMatch(/ +1 +\? +\? +0 +\? +\? +\?$/)
  })

  test('a server that is not there is an error', async () => {
    const flags = ['--driver', 'redis', '--redis-url', 'redis://127.0.0.1:1']
    const { code, out, err } = await finish(userFolder('redis'), 'top', ...flags)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('127.0.0.1:1')
  })

  test('an interval that is too short is refused', async () => {
    expect(await tasq(userFolder(), 'top', '--interval', '5ms')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/'--interval' can't be '5ms'.*at least 100 ms/),
    })
  })
})

describe('on a screen', () => {
  test('it looks again after --interval, and not before', async () => {
    const { folder, store } = await twoQueues()
    const often = onScreen(folder, 'top', '--interval', '100ms')
    const rarely = onScreen(folder, 'top', '--interval', '1h')
    for (const screen of [often, rarely]) await expect.poll(() => row(screen.text(), 'alpha')).toMatch(/ 2 /)
    await store.add('note', 4, { queue: 'alpha' })
    await expect.poll(() => row(often.text(), 'alpha')).toMatch(/ 3 /)
    rarely.press('down') // is drawn anew
    expect(row(rarely.text(), 'beta')).toContain('›')
    expect(row(rarely.text(), 'alpha')).toMatch(/ 2 /)
    await quit(often)
    await quit(rarely)
  })

  test('arrows choose a queue, p and y pause it, and resume it', async () => {
    const { folder } = await twoQueues()
    const { app } = appIn(folder)
    const screen = onScreen(folder, 'top', '--interval', '100ms')
    await expect.poll(() => row(screen.text(), 'alpha')).toContain('›')
    screen.press('up', 'down', 'down') // no further than to the ends
    screen.press(text('p'))
    expect(screen.text()).toContain('pause queue beta? y: yes, any other key: no')
    screen.press(text('n'), text('y'))
    expect(screen.text()).not.toContain('pause queue')
    screen.press(text('p'), text('y'))
    await expect.poll(() => row(screen.text(), 'beta')).toMatch(/paused$/)
    expect(screen.text()).toContain('beta is paused')
    expect((await app.queue('beta').settings()).pausedAt).toBeInstanceOf(Date)
    expect((await app.queue('alpha').settings()).pausedAt).toBeUndefined()
    screen.press(text('p'))
    expect(screen.text()).toContain('resume queue beta?')
    screen.press(text('y'))
    await expect.poll(() => row(screen.text(), 'beta')).not.toMatch(/paused$/)
    expect((await app.queue('beta').settings()).pausedAt).toBeUndefined()
    await quit(screen)
  })

  test('what the backend can not do is said', async () => {
    const folder = userFolder('rabbitmq')
    const screen = onScreen(folder, 'top', '--queues', 'mail', ...brokerFlags('rabbitmq'))
    await expect.poll(() => row(screen.text(), 'mail')).toContain('›')
    screen.press(text('p'), text('y'))
    await expect.poll(() => screen.text()).toMatch(/mail is not paused: .*rabbitmq/)
    await quit(screen)
  })

  test('no line is too wide, and no frame too high, also when it is resized', async () => {
    const folder = userFolder()
    const store = new Store(folder)
    for (let index = 10; index < 40; index++) await store.add('note', 1, { queue: `queue-number-${index}` })
    const screen = onScreen(folder, 'top', '--interval', '1h')
    await expect.poll(() => screen.text()).toContain('queue-number-10')
    for (const [columns, rows] of [
      [60, 12],
      [120, 30],
      [80, 24],
    ] as const) {
      screen.resize(columns, rows)
      const lines = screen.text().split('\n')
      expect(lines.length).toBeLessThan(rows)
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
      expect(lines.at(-1)).toContain('q: quit')
      expect(screen.text()).toMatch(/… \d+ more/)
    }
    for (let step = 10; step < 39; step++) screen.press('down')
    expect(screen.text()).toContain('› queue-number-39')
    await quit(screen)
  })

  test.each([
    [[], true],
    [['--events-channel', 'a-channel-of-top'], { channel: 'a-channel-of-top' }],
  ])(
    'attempts that fail are shown when they happen, where apps publish their events %j',
    async (flags, publishEvents) => {
      const queue = randomUUID()
      const fail = defineTask({
        name: 'fail',
        queue,
        retry: { maxAttempts: 2, delay: '1h' },
        run: () => {
          throw new RangeError('no such host')
        },
      })
      const app = createTasq({ driver: redis(inject('servers').redis), tasks: [fail], publishEvents })
      onTestFinished(() => app.close())
      const folder = userFolder('redis')
      const screen = onScreen(
        folder,
        'top',
        '--queues',
        queue,
        '--interval',
        '1h',
        ...serverFlags('redis'),
        ...flags,
      )
      await expect.poll(() => screen.text()).toContain('q: quit')
      await app.enqueue(fail)
      await app.worker().start()
      await expect.poll(() => screen.text()).toMatch(/fail +\S+ +failed +1 +RangeError: no such host/)
      await quit(screen)
    },
  )

  test('the attempt after which a task was given up is one line, and those before it are others', async () => {
    const queue = randomUUID()
    const fail = defineTask({
      name: 'fail',
      queue,
      retry: { maxAttempts: 2, delay: '50ms' },
      run: (_: undefined, { attempt }) => {
        throw new RangeError(`no host at ${attempt}`)
      },
    })
    const app = createTasq({ driver: redis(inject('servers').redis), tasks: [fail], publishEvents: true })
    onTestFinished(() => app.close())
    const flags = ['--queues', queue, '--interval', '1h', ...serverFlags('redis')]
    const screen = onScreen(userFolder('redis'), 'top', ...flags)
    await expect.poll(() => screen.text()).toContain('q: quit')
    await app.enqueue(fail)
    await app.worker().start()
    await expect.poll(() => screen.text()).toMatch(/fail +\S+ +dead +2 /)
    const seen = [...screen.text().matchAll(/fail +\S+ +(failed|dead) +(\d) /g)]
    expect(seen.map(([, state, attempt]) => `${state} ${attempt}`)).toEqual(['dead 2', 'failed 1'])
    await quit(screen)
  })

  test('a backend that is away for a while is waited for', async () => {
    const { url, password } = inject('servers').redis
    const { port } = new URL(url)
    const proxy = await CuttableProxy.to(Number(port))
    const flags = ['--driver', 'redis', '--redis-url', `redis://127.0.0.1:${proxy.port}`]
    const queue = randomUUID()
    const screen = onScreen(
      userFolder('redis'),
      'top',
      ...['--queues', queue, '--interval', '100ms', '--redis-password', password],
      ...flags,
    )
    await expect.poll(() => screen.text()).toContain('q: quit')
    proxy.interrupt()
    await expect.poll(() => screen.text(), { timeout: 20_000 }).toContain('no answer: ')
    proxy.restore()
    await onRedis().enqueue(defineTask({ name: 'note' }), undefined, { queue })
    await expect.poll(() => row(screen.text(), queue), { timeout: 20_000 }).toMatch(/ 1 +0 +0 +0 /)
    expect(screen.text()).not.toContain('no answer')
    await quit(screen)
  }, 60_000)
})

describe('on a real terminal', () => {
  test('it is drawn again and again, and leaves the terminal as it was', async () => {
    const { folder, store } = await twoQueues()
    const screen = onTerminal(folder, '80x24', 'top', '--interval', '100ms')
    await expect.poll(() => screen.plain()).toMatch(/› alpha +2 /)
    await store.add('note', 4, { queue: 'alpha' })
    await expect.poll(() => screen.plain()).toMatch(/› alpha +3 /)
    screen.type('\u001b[B')
    await expect.poll(() => screen.plain()).toMatch(/› beta +1 /)
    screen.type('p')
    await expect.poll(() => screen.plain()).toContain('pause queue beta?')
    screen.type('y')
    await expect.poll(() => screen.plain()).toContain('beta is paused')
    screen.type('q')
    expect(await screen.ended).toBe(0)
    expect(screen.plain()).toMatch(/^code 0\r?$/m)
    expect(screen.plain()).toMatch(/ icanon .* echo /s)
    expect(screen.out.text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      screen.out.text().lastIndexOf('\u001b[?25l'),
    )
  })

  test('it follows the size of the terminal', async () => {
    const { folder } = await twoQueues()
    const screen = onTerminal(folder, '100x30', 'top', '--interval', '1h')
    await expect.poll(() => screen.plain()).toContain('q: quit   ↑ ↓: select   p: pause or resume')
    const before = screen.plain().length
    const device = /on (\/dev\/\S+)/.exec(screen.plain())?.[1] ?? ''
    execFileSync('stty', ['-F', device, 'cols', '30', 'rows', '12'])
    await expect.poll(() => screen.plain().slice(before)).toMatch(/q: quit.*…/)
    const lines = screen.plain().slice(before).split(/\r?\n/)
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(30)
    screen.type('q')
    expect(await screen.ended).toBe(0)
  })

  test('Ctrl-C ends it in order', async () => {
    const { folder } = await twoQueues()
    const screen = onTerminal(folder, '80x24', 'top')
    await expect.poll(() => screen.plain()).toContain('q: quit')
    screen.type('\u0003')
    expect(await screen.ended).toBe(0)
    expect(screen.plain()).toMatch(/^code 0\r?$/m)
  })

  test('with its output in a pipe it prints one frame', async () => {
    const { folder } = await twoQueues()
    const screen = onTerminal(folder, '80x24', 'top', "--once' | cat; echo '")
    expect(await screen.ended).toBe(0)
    expect(screen.plain()).toMatch(/^alpha +2 /m)
  })
})
