import { join } from 'node:path'
import { defineTask } from '@tasq/core'
import { write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { flagsOf, leavesOf, ownFlagsOf } from './support/flags.ts'
import { filled, GROUPS, json, LEAVES, type Place, worker } from './support/operators.ts'
import { tasqIn } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

type Trial = (place: Place) => Promise<void>

const counts = ({ app }: Place, queue = 'mail') => app.queue(queue).counts()
const settings = ({ app }: Place, queue = 'mail') => app.queue(queue).settings()

/** The command is asked to confirm, does nothing without, and does it with the flag. */
const asks =
  (line: string, isDone: (place: Place) => Promise<boolean>): Trial =>
  async (place) => {
    const { code, err } = await tasqIn({}, place.folder, ...line.split(' '))
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Add --yes to do it') })
    expect(await isDone(place)).toBe(false)
    await json(place, line, '--yes')
    expect(await isDone(place)).toBe(true)
  }

/** With the flag the command only says what it would do. */
const isDry =
  (line: string, matching: number, isDone: (place: Place) => Promise<boolean>): Trial =>
  async (place) => {
    const [answer] = await json(place, line, '--dry-run')
    expect(answer).toMatchObject({ matching, done: 0 })
    expect(await isDone(place)).toBe(false)
  }

/** So many are met with these flags. */
const meets =
  (line: string, expected: Readonly<Record<string, number>>): Trial =>
  async (place) => {
    for (const [flags, matching] of Object.entries(expected)) {
      const [answer] = await json(place, `${line} ${flags}`, '--dry-run')
      expect(answer, flags).toMatchObject({ matching })
    }
  }

/** So many are listed with these flags. */
const lists =
  (line: string, key: string, expected: Readonly<Record<string, number>>): Trial =>
  async (place) => {
    for (const [flags, many] of Object.entries(expected)) {
      const [answer = {}] = await json(place, `${line} ${flags}`.trim())
      expect(answer[key], flags).toHaveLength(many)
    }
  }

/** A queue of which nothing is known is refused without the flag. */
const takesNew =
  (line: string): Trial =>
  async (place) => {
    const argv = line.split(' ')
    expect(await tasqIn({}, place.folder, ...argv)).toMatchObject({ code: 1 })
    expect(await tasqIn({}, place.folder, ...argv, '--new')).toMatchObject({ code: 0 })
  }

/** The task is found where it is looked for, and nowhere else. */
const looksIn =
  (line: string, idOf: (place: Place) => string | undefined): Trial =>
  async (place) => {
    const argv = [...line.split(' '), idOf(place) ?? '']
    expect(await tasqIn({}, place.folder, ...argv, '--queue', 'other')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no task'),
    })
    expect(await tasqIn({}, place.folder, ...argv, '--queue', 'mail')).toMatchObject({ code: 0 })
  }

/** Pages of two, and on from there. */
const pages = (line: string): Readonly<Record<string, Trial>> => ({
  '--limit': async (place) => {
    const [answer = {}] = await json(place, line, '--limit', '2')
    expect(answer['tasks']).toHaveLength(2)
  },
  '--cursor': async (place) => {
    const [first = {}] = await json(place, line, '--limit', '2')
    const [second = {}] = await json(place, line, '--limit', '2', '--cursor', String(first['cursor']))
    expect(second['tasks']).not.toEqual([])
    expect(second['tasks']).not.toEqual(first['tasks'])
  },
  '--all': async (place) => {
    const found = await json(place, line, '--limit', '2', '--all')
    expect(found.length).toBeGreaterThan(1)
    expect(found.at(-1)).not.toHaveProperty('cursor')
  },
})

const readyGone = async (place: Place) => (await counts(place)).ready === 0
const scheduledGone = async (place: Place) => (await counts(place)).scheduled === 0
const deadGone = async (place: Place) => (await counts(place)).dead === 0

/** What all three bulk changes have. */
const bulk = (name: string, state: string): Readonly<Record<string, Trial>> => {
  const line = `tasks ${name} --queue mail --state ${state}`
  const isDone = state === 'ready' ? readyGone : scheduledGone
  const many = state === 'ready' ? 4 : 2
  const ofNote = state === 'ready' ? 3 : 2
  return {
    '--queue': meets(`tasks ${name} --state ${state}`, {
      '--queue mail': many,
      '--queue other': state === 'ready' ? 1 : 0,
    }),
    '--state': meets(
      `tasks ${name} --queue mail`,
      name === 'promote' ? { '--state scheduled': 2 } : { '--state ready': 4, '--state scheduled': 2 },
    ),
    '--task': meets(line, { '--task note': ofNote, '--task quick': many - ofNote }),
    '--older-than': meets(line, { '--older-than 1h': 0, '--older-than 0': many }),
    '--limit': meets(line, { '--limit 1': 1, '--limit 100': many }),
    '--dry-run': isDry(line, many, isDone),
    '--yes': asks(line, isDone),
  }
}

const letterFilters = (line: string): Readonly<Record<string, Trial>> => ({
  '--task': meets(line, { '--task send': 2, '--task print': 1 }),
  '--reason': meets(line, { '--reason exhausted': 2, '--reason permanent': 1, '--reason lost': 0 }),
  '--ids': async (place) => {
    const [first, , third] = place.dead
    await meets(line, { [`--ids ${first?.id},${third?.id},none`]: 2 })(place)
  },
  '--limit': meets(line, { '--limit 2': 2 }),
  '--dry-run': isDry(line, 3, deadGone),
  '--yes': asks(line, deadGone),
})

/** What tries each flag of each command; `--json` is tried for all of them below. */
const trials: Readonly<Record<string, Readonly<Record<string, Trial>>>> = {
  'queues list': {
    '--queues': lists('queues list', 'queues', { '': 2, '--queues mail': 1, '--queues mail,none': 2 }),
  },
  'queues show': {},
  'queues pause': { '--new': takesNew('queues pause none') },
  'queues resume': {
    '--new': takesNew('queues resume none'),
    '--group': async (place) => {
      const { app } = place
      const queue = app.queue('mail')
      await queue.pause()
      await queue.hold('1h', { group: 'acme' })
      await json(place, 'queues resume mail --group acme')
      expect((await settings(place)).pausedAt).toBeDefined() // only the group goes on
      await json(place, 'queues resume mail')
      expect((await settings(place)).pausedAt).toBeUndefined()
    },
  },
  'queues hold': {
    '--new': takesNew('queues hold none 5m'),
    '--group': async (place) => {
      await json(place, 'queues hold mail 1h --group acme')
      expect((await settings(place)).heldUntil).toBeUndefined() // the others go on
      await json(place, 'queues hold mail 1h')
      expect((await settings(place)).heldUntil).toBeDefined()
    },
  },
  'queues limit': {
    '--new': takesNew('queues limit none --concurrency 1'),
    '--concurrency': async (place) => {
      await json(place, 'queues limit mail --concurrency 7')
      expect(await settings(place)).toMatchObject({ concurrency: 7 })
      await json(place, 'queues limit mail --concurrency none')
      expect(await settings(place)).toMatchObject({ concurrency: undefined })
    },
    '--rate': async (place) => {
      await json(place, 'queues limit mail --rate 7/1s')
      expect(await settings(place)).toMatchObject({ rateLimit: { tasks: 7, per: 1_000 } })
      await json(place, 'queues limit mail --rate none')
      expect(await settings(place)).toMatchObject({ rateLimit: undefined })
    },
  },
  'queues purge': {
    '--states': meets('queues purge mail', {
      '--states ready': 4,
      '--states scheduled': 2,
      '--states ready,scheduled': 6,
      '--states completed': 0,
    }),
    '--dry-run': isDry('queues purge mail', 6, readyGone),
    '--yes': asks('queues purge mail', readyGone),
  },
  'tasks list': {
    '--state': lists('tasks list mail', 'tasks', {
      '--state ready': 4,
      '--state scheduled': 2,
      '--state dead': 3,
      '': 9,
    }),
    '--task': lists('tasks list mail', 'tasks', { '--task note': 5, '--task quick': 1 }),
    ...pages('tasks list mail'),
  },
  'tasks show': { '--queue': looksIn('tasks show', ({ ready }) => ready[0]) },
  'tasks retry': { '--queue': looksIn('tasks retry', ({ dead }) => dead[0]?.id) },
  'tasks cancel': {
    ...bulk('cancel', 'ready'),
    '--reason': async (place) => {
      const kept = await place.app.enqueue(defineTask({ name: 'kept', queue: 'mail', keepResult: '1h' }))
      await json(place, `tasks cancel ${kept.id} --reason spam`)
      await place.app.open()
      const reading = await place.app.driver.results?.read([{ queue: 'mail', id: kept.id }])
      expect(reading).toMatchObject([{ state: 'cancelled', reason: 'spam' }])
    },
  },
  'tasks remove': bulk('remove', 'ready'),
  'tasks promote': bulk('promote', 'scheduled'),
  'dlq list': {
    '--task': lists('dlq list', 'tasks', { '--task send': 2, '--task print': 1 }),
    '--reason': lists('dlq list', 'tasks', { '--reason permanent': 1, '--reason exhausted': 2 }),
    ...pages('dlq list'),
  },
  'dlq errors': {
    '--task': lists('dlq errors', 'groups', { '': 2, '--task send': 1 }),
    '--reason': lists('dlq errors', 'groups', { '--reason permanent': 1, '--reason lost': 0 }),
    '--limit': lists('dlq errors', 'groups', { '--limit 1': 1 }),
  },
  'dlq show': { '--queue': looksIn('dlq show', ({ dead }) => dead[0]?.id) },
  'dlq retry': {
    ...letterFilters('dlq retry mail'),
    '--rate': async (place) => {
      const startedAt = performance.now()
      await json(place, 'dlq retry mail --rate 1/500ms --yes')
      expect(performance.now() - startedAt).toBeGreaterThan(900) // a step of two, a rest of a second, and one
      expect(await counts(place)).toMatchObject({ dead: 0 })
    },
  },
  'dlq purge': letterFilters('dlq purge mail'),
  'schedules list': {},
  'schedules next': { '--count': lists('schedules next nightly', 'next', { '': 5, '--count 2': 2 }) },
  'schedules run': {},
  'schedules pause': {},
  'schedules resume': {},
  'schedules remove': {},
  'schedules prune': {
    // What they do is tried in schedules.test.ts, where an app has declared what another version of it does not.
    '--dry-run': async (place) => {
      const [answer] = await json(place, 'schedules prune --app ./scheduled-app.mjs --dry-run')
      expect(answer).toEqual({ matching: [], removed: [] })
    },
    '--yes': async (place) => {
      const [answer] = await json(place, 'schedules prune --app ./scheduled-app.mjs --yes')
      expect(answer).toEqual({ matching: [], removed: [] })
    },
  },
  'workers list': {
    '--cluster-id': async (place) => {
      await worker(place, 'one', 'a')
      await worker(place, 'two', 'b')
      await lists('workers list', 'workers', { '': 2, '--cluster-id a': 1, '--cluster-id c': 0 })(place)
    },
  },
  'workers pause': {},
  'workers resume': {},
  'workers stop': {
    '--no-wait': async (place) => {
      const { app } = place
      await worker(place, 'one')
      await app.enqueue(defineTask({ name: 'hold' }), undefined, { queue: 'held' })
      await expect.poll(() => counts(place, 'held')).toMatchObject({ active: 1 })
      await json(place, 'workers stop one')
      expect(await counts(place, 'held')).toMatchObject({ active: 1 }) // it may come to its end
      await worker(place, 'two')
      await app.enqueue(defineTask({ name: 'hold' }), undefined, { queue: 'held' })
      await expect.poll(() => counts(place, 'held')).toMatchObject({ active: 2 })
      await json(place, 'workers stop two --no-wait')
      await expect.poll(() => counts(place, 'held')).toMatchObject({ active: 1, ready: 1 })
      await json(place, 'tasks cancel --queue held --state active --yes')
    },
  },
  'workers set-concurrency': {},
  cleanup: {
    '--stale-seconds': async (place) => {
      await worker(place, 'one')
      expect(await json(place, 'cleanup --stale-seconds 600')).toEqual([{ removed: 0 }])
      expect(await json(place, 'cleanup --stale-seconds 0')).toEqual([{ removed: 1 }])
    },
  },
  migrate: {
    '--dry-run': async () => {
      const place = { folder: userFolder() }
      for (const _ of [1, 2]) {
        expect(await json(place, 'migrate --dry-run')).toMatchObject([
          { pending: [expect.any(String), expect.any(String)], applied: [] },
        ])
      }
      expect(await json(place, 'migrate')).not.toMatchObject([{ applied: [] }])
    },
  },
}

/** A command line of each command that does something in a place that is filled, with a worker `one`. */
const LINES: Readonly<Record<string, (place: Place) => string>> = {
  'queues list': () => '',
  'queues show': () => 'mail',
  'queues pause': () => 'mail',
  'queues resume': () => 'mail',
  'queues hold': () => 'mail 5m',
  'queues limit': () => 'mail --concurrency 1',
  'queues purge': () => 'mail --yes',
  'tasks list': () => 'mail',
  'tasks show': ({ ready }) => `${ready[0]}`,
  'tasks retry': ({ dead }) => `${dead[0]?.id}`,
  'tasks cancel': ({ ready }) => `${ready[0]}`,
  'tasks remove': ({ ready }) => `${ready[0]}`,
  'tasks promote': ({ scheduled }) => `${scheduled[0]}`,
  'dlq list': () => '',
  'dlq errors': () => '',
  'dlq show': ({ dead }) => `${dead[0]?.id}`,
  'dlq retry': () => '--yes',
  'dlq purge': () => '--yes',
  'schedules list': () => '',
  'schedules next': () => 'nightly',
  'schedules run': () => 'nightly',
  'schedules pause': () => 'nightly',
  'schedules resume': () => 'nightly',
  'schedules remove': () => 'nightly',
  'schedules prune': () => '--yes --app ./scheduled-app.mjs',
  'workers list': () => '',
  'workers pause': () => 'one',
  'workers resume': () => 'one',
  'workers stop': () => 'one',
  'workers set-concurrency': () => 'one 5',
  cleanup: () => '',
  migrate: () => '',
}

function lineOf(leaf: string, place: Place): readonly string[] {
  return `${leaf} ${LINES[leaf]?.(place) ?? ''}`.trim().split(' ')
}

describe.each(LEAVES)('tasq %s', (leaf) => {
  const path = leaf.split(' ')
  const own = ownFlagsOf(path).filter((flag) => flag !== '--json')

  test('has a trial for each of its flags, and no other', () => {
    expect(Object.keys(trials[leaf] ?? {}).sort()).toEqual([...own].sort())
    expect(Object.keys(LINES)).toContain(leaf)
  })

  for (const [flag, trial] of Object.entries(trials[leaf] ?? {})) {
    test(`${flag} is heeded`, async () => {
      await trial(await filled())
    })
  }

  test('--json prints one line of JSON, and only the result', async () => {
    const place = await filled()
    if (leaf.startsWith('workers')) await worker(place, 'one')
    const { code, out, err } = await tasqIn({}, place.folder, ...lineOf(leaf, place), '--json')
    expect(code, err).toBe(0)
    expect(out).toHaveLength(1)
    expect(JSON.parse(out[0] ?? '')).toBeTypeOf('object')
    const plain = await filled()
    if (leaf.startsWith('workers')) await worker(plain, 'one')
    const people = await tasqIn({}, plain.folder, ...lineOf(leaf, plain))
    expect(people.code, people.err).toBe(0)
    expect(people.out.join('\n')).not.toContain('{"')
  })

  test('works on the backend that it is told', async () => {
    const place = await filled()
    if (leaf.startsWith('workers')) await worker(place, 'one')
    const line = lineOf(leaf, place)
    const file = join(place.folder, 'tasq.db')
    const elsewhere = userFolder()
    if (leaf !== 'migrate' && leaf !== 'schedules prune') {
      expect(await tasqIn({}, elsewhere, ...line)).toMatchObject({
        code: 2,
        err: expect.stringContaining('There is no database'),
      })
      const byFile = await tasqIn({}, elsewhere, ...line, '--sqlite-file', file)
      expect(byFile.code, byFile.err).toBe(0)
    }
    const code = `import { createTasq } from '@tasq/core'; import { sqlite } from '@tasq/sqlite'
      export const tasq = createTasq({ driver: sqlite(${JSON.stringify(file)}) })`
    write(elsewhere, 'other-app.mjs', code)
    // What was done above can not be done twice.
    if (['tasks retry', 'tasks cancel', 'tasks remove', 'schedules remove', 'workers stop'].includes(leaf))
      return
    const argv = line.filter((text) => text !== '--app' && text !== './scheduled-app.mjs')
    const byApp = await tasqIn({}, elsewhere, ...argv, '--app', './other-app.mjs')
    expect(byApp.code, byApp.err).toBe(0)
  })
})

test('the settings of all of them are the same', () => {
  const settingsOf = (path: readonly string[]) => {
    const own = ownFlagsOf(path)
    return flagsOf(path).filter((flag) => !own.includes(flag))
  }
  for (const path of GROUPS.flatMap(leavesOf))
    expect(settingsOf(path)).toEqual(settingsOf(['queues', 'list']))
})

describe('wrong use', () => {
  test.each([
    ['queues puase mail', /unknown command 'puase' \(did you mean pause\?\)\. See tasq queues --help\./],
    ['queues something', /unknown command 'something'\. See tasq queues --help\./],
    ['tasks lsit mail', /unknown command 'lsit' \(did you mean list\?\)/],
    ['dlq retyr mail', /did you mean retry\?/],
    ['schedules nxt nightly', /did you mean next\?/],
    ['queues limit mail', /No limit is given\. Add --concurrency 5/],
    ['queues limit mail --concurrency 0', /'--concurrency' can't be 0/],
    ['queues limit mail --rate 0/1m', /'--rate' can't be '0\/1m'/],
    ['queues limit mail --rate fast', /Use a number of tasks and a time, such as 100\/1m\..*none lifts it/],
    ['queues hold mail soon', /'soon' is invalid for argument 'time'\. Use seconds/],
    ['queues purge mail --states active', /Use some of ready, scheduled, completed, cancelled/],
    ['tasks list mail --state done', /Allowed choices are active, ready, scheduled, dead/],
    ['tasks list mail --limit 0', /'--limit' can't be 0\. Use an integer from 1 to 1000/],
    ['tasks list mail --cursor made-up', /'--cursor' can't be 'made-up'/],
    ['tasks cancel', /It is not said which tasks\. Name their ids, or --queue and --state/],
    ['tasks cancel some-id --state ready', /--state has no effect beside ids/],
    ['tasks promote --queue mail --state ready', /Allowed choices are scheduled/],
    ['dlq retry mail --rate 0/1s --yes', /'--rate' can't be '0\/1s'/],
    ['dlq errors --limit 0', /'--limit' can't be 0/],
    ['schedules next nightly --count 0', /'--count' can't be 0/],
    ['workers set-concurrency one 0', /'n' can't be 0\. Use an integer from 1 to 100000/],
    ['cleanup --stale-seconds soon', /Use a number of seconds/],
  ])('%s', async (line, message) => {
    const place = await filled()
    const run = await tasqIn({}, place.folder, ...line.split(' '))
    expect(run).toEqual({ code: 2, out: [], err: expect.stringMatching(message) })
  })

  test('a driver is not told how often tasks are run: that is stored with them', async () => {
    const place = await filled()
    const { err } = await tasqIn({}, place.folder, 'queues', '--postgres-max-attempts', '5')
    expect(err).toContain('--postgres-max-attempts')
  })
})

test('a confirmation is asked for on a terminal', async () => {
  const { runCli } = await import('../src/index.ts')
  const place = await filled()
  const answers = ['n', 'yes']
  const questions: string[] = []
  const terminal = {
    out: () => undefined,
    err: () => undefined,
    ask: async (question: string) => {
      questions.push(question)
      return answers.shift() ?? ''
    },
  }
  const purge = () => runCli(['queues', 'purge', 'mail'], { terminal, folder: place.folder, env: {} })
  expect(await purge()).toBe(0)
  expect(await counts(place)).toMatchObject({ ready: 4 })
  expect(await purge()).toBe(0)
  expect(await counts(place)).toMatchObject({ ready: 0 })
  expect(questions[0]).toBe('Delete 6 ready, scheduled tasks of queue mail? [y/N] ')
})
