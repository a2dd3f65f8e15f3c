import { type Admission, type Envelope, GIVES_WAY } from '@tasq/core/driver'
import {
  bury,
  callId,
  complete,
  newTask,
  QUEUE,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import type { Redis } from 'ioredis'
import { expect, inject, test } from 'vitest'
import type { RedisDriver } from '../src/index.ts'
import { Keys, type QueueKeys } from '../src/keys.ts'
import { testPrefix } from './support/harness.ts'
import { idsOf, Model, type ModelTask, randomFrom } from './support/model.ts'
import { expectKeys, expectLists } from './support/model-checks.ts'
import { opened, operator } from './support/own-server.ts'

// Few ids, used again and again, in random operations: after each, what is stored is compared with a plain model.

const IDS = Array.from({ length: 9 }, (_, index) => `id-${index}`)
const PRIORITIES = [0, 0, 0, 7, -7, 80, -80]
/** Bounds lie between bands. */
const RANGES = [
  { lowest: 75, highest: 127 },
  { lowest: -25, highest: 24 },
  { lowest: -128, highest: -26 },
  { lowest: -25, highest: 127 },
]
const LATER_MS = 3_600_000
const STEPS = 250
const SEEDS = [1, 2, 3, 4, 5]

class Run {
  readonly #driver: RedisDriver
  readonly #model = new Model()
  readonly #random: (below: number) => number
  #token = callId()

  constructor(driver: RedisDriver, seed: number) {
    this.#driver = driver
    this.#random = randomFrom(seed)
  }

  async step(): Promise<string> {
    const steps = [
      () => this.#enqueue(),
      () => this.#enqueue(),
      () => this.#reserve(),
      () => this.#reserveSome(),
      () => this.#admit(),
      () => this.#admit(),
      () => this.#settle(),
      () => this.#settle(),
      () => this.#cancel(),
      () => this.#reschedule(),
      () => this.#replace(),
      () => this.#remove(),
      () => this.#purge(),
      () => this.#revive(),
    ]
    return await this.#pick(steps)()
  }

  async check(client: Redis, keys: QueueKeys): Promise<void> {
    await expectKeys(client, keys, this.#model, this.#driver)
  }

  async checkLists(): Promise<void> {
    await expectLists(this.#driver, this.#model, IDS)
  }

  async #enqueue(): Promise<string> {
    const id = this.#pick(IDS)
    const priority = this.#pick(PRIORITIES)
    const delayMs = this.#pick([0, 0, LATER_MS])
    const [answer] = await this.#driver.enqueue({
      callId: callId(),
      tasks: [newTask({ id, priority, delayMs })],
    })
    const isLive = this.#model.tasks.has(id)
    expect(answer).toEqual(isLive ? { status: 'duplicate', of: id } : { status: 'created' })
    if (!isLive) {
      const task: ModelTask = { id, priority, order: 0, state: 'scheduled', attempts: 0, held: undefined }
      this.#model.tasks.set(id, task)
      if (delayMs === 0) this.#model.makeReady(task)
    }
    return `enqueue ${id} ${priority} ${delayMs}`
  }

  async #reserve(): Promise<string> {
    const max = 1 + this.#random(4)
    const expected = this.#model.claimOrder.slice(0, max)
    const token = `${this.#pick(['', GIVES_WAY])}${callId()}`
    const held = await this.#driver.reserve(reserveCall({ max, callId: token }))
    expect(held.map(({ lease, attempt }) => [lease.id, attempt])).toEqual(
      expected.map(({ id, attempts }) => [id, attempts + 1]),
    )
    expected.forEach((task, index) => {
      task.state = 'active'
      task.held = held[index]
    })
    return `reserve ${max}`
  }

  /** A call in which the queue stands twice, with other priorities. */
  async #reserveSome(): Promise<string> {
    const [first, second] = [this.#pick(RANGES), this.#pick(RANGES)]
    const most = 1 + this.#random(2)
    const within = ({ lowest, highest }: (typeof RANGES)[number], but: readonly ModelTask[]) =>
      this.#model.claimOrder
        .filter((task) => task.priority >= lowest && task.priority <= highest && !but.includes(task))
        .slice(0, most)
    const ofFirst = within(first, [])
    const expected = [...ofFirst, ...within(second, ofFirst)]
    const queues = [first, second].map((priorities) => ({ name: QUEUE, max: most, priorities }))
    const call = reserveCall({ queues, max: 2 * most })
    const held = await this.#driver.reserve(call)
    expect(held.map(({ lease }) => lease.id)).toEqual(idsOf(expected))
    expect(await this.#driver.reserve({ ...call, repeat: true })).toMatchObject(
      held.map(({ lease, attempt }) => ({ lease, attempt })),
    )
    expected.forEach((task, index) => {
      task.state = 'active'
      task.held = held[index]
    })
    return `reserve ${most} of ${JSON.stringify([first, second])}`
  }

  /** Sometimes under the token of the last time, which may hold some of them, and others. */
  async #admit(): Promise<string> {
    if (this.#random(3) > 0) this.#token = callId()
    const token = this.#token
    const ids = IDS.filter(() => this.#random(3) === 0)
    const tasks = ids.map((id) => newTask({ id, priority: this.#pick(PRIORITIES) }).envelope)
    const expected = tasks.map((envelope) => this.#expectedOf(envelope, token))
    const admissions = await this.#driver.ledger.admit({ token, tasks })
    expect(admissions.map(told)).toEqual(expected)
    return `admit ${ids.join()}`
  }

  #expectedOf({ id, priority }: Envelope, token: string): string {
    const { dead, tasks } = this.#model
    const letter = dead.find((each) => each.id === id)
    if (letter !== undefined && !tasks.has(id)) return `dead ${letter.attempts}`
    const task = tasks.get(id) ?? { id, priority, order: 0, state: 'active', attempts: 0, held: undefined }
    tasks.set(id, task)
    const holder = task.held?.lease.token
    const isHeld = task.state === 'active' && holder !== undefined && holder !== token
    if (isHeld && !holder.startsWith(GIVES_WAY)) return 'held' // handing it on was no attempt
    task.state = 'active'
    task.held = { lease: { queue: QUEUE, id, token }, attempt: task.attempts + 1 }
    return `admitted ${task.attempts + 1}`
  }

  async #settle(): Promise<string> {
    const task = this.#pick(this.#model.in('active'))
    const held = task?.held
    if (task === undefined || held === undefined) return 'settle nothing'
    const kind = this.#pick(['complete', 'retry', 'later', 'release', 'bury'] as const)
    const settlement = {
      complete: () => complete(held),
      retry: () => retry(held),
      later: () => retry(held, { delayMs: LATER_MS }),
      release: () => release(held),
      bury: () => bury(held),
    }[kind]()
    expect(await this.#driver.settle([settlement])).toEqual(['settled'])
    expect(['settled', 'gone']).toContain((await this.#driver.settle([settlement]))[0])
    task.attempts = kind === 'release' ? held.attempt - 1 : held.attempt
    task.held = undefined
    if (kind === 'complete') this.#model.tasks.delete(task.id)
    else if (kind === 'bury') this.#model.bury(task)
    else if (kind === 'later') task.state = 'scheduled'
    else this.#model.makeReady(task)
    return `${kind} ${task.id}`
  }

  async #cancel(): Promise<string> {
    const id = this.#pick(IDS)
    const task = this.#model.tasks.get(id)
    if (task?.state === 'active') return 'cancel nothing'
    const [answer] = await this.#driver.inspection.cancel([{ ref: { queue: QUEUE, id } }])
    const isDead = this.#model.dead.some((each) => each.id === id)
    expect(answer).toBe(task === undefined ? (isDead ? 'finished' : 'unknown') : 'cancelled')
    this.#model.tasks.delete(id)
    return `cancel ${id}`
  }

  async #reschedule(): Promise<string> {
    const id = this.#pick(IDS)
    const task = this.#model.tasks.get(id)
    const delayMs = this.#pick([0, LATER_MS])
    const answer = await this.#driver.inspection.reschedule({ queue: QUEUE, id }, { delayMs })
    if (task === undefined || task.state === 'active') {
      expect(['active', 'finished', 'unknown']).toContain(answer)
      return `reschedule nothing`
    }
    expect(answer).toBe('changed')
    if (delayMs === 0) this.#model.makeReady(task)
    else task.state = 'scheduled'
    return `reschedule ${id} ${delayMs}`
  }

  async #replace(): Promise<string> {
    const id = this.#pick(IDS)
    const task = this.#model.tasks.get(id)
    const priority = this.#pick(PRIORITIES)
    const delayMs = this.#pick([0, LATER_MS])
    const next = newTask({ priority, delayMs })
    const answer = await this.#driver.inspection.replace({ queue: QUEUE, id }, next)
    if (task === undefined || task.state === 'active') {
      expect(['active', 'finished', 'unknown']).toContain(answer)
      return 'replace nothing'
    }
    expect(answer).toBe('changed')
    task.priority = priority
    task.attempts = 0
    if (delayMs === 0) this.#model.makeReady(task)
    else task.state = 'scheduled'
    return `replace ${id} ${priority} ${delayMs}`
  }

  async #remove(): Promise<string> {
    const id = this.#pick(IDS)
    const task = this.#model.tasks.get(id)
    const answer = await this.#driver.inspection.remove({ queue: QUEUE, id })
    expect(answer).toBe(task === undefined ? 'unknown' : task.state === 'active' ? 'active' : 'changed')
    if (answer === 'changed') this.#model.tasks.delete(id)
    return `remove ${id}`
  }

  async #purge(): Promise<string> {
    if (this.#random(3) > 0) return 'purge nothing'
    const before = this.#model.in('ready')
    const purged = await this.#driver.inspection.purge(QUEUE, ['ready'], 2)
    expect(purged).toBe(Math.min(2, before.length))
    const records = await this.#driver.inspection.get(before.map(({ id }) => ({ queue: QUEUE, id })))
    before.forEach((task, index) => {
      if (records[index] === undefined) this.#model.tasks.delete(task.id)
    })
    return 'purge'
  }

  async #revive(): Promise<string> {
    const { dead, tasks } = this.#model
    const chosen = dead.filter(({ id }) => !tasks.has(id)).slice(0, 2)
    expect(await this.#driver.deadLetters.retry({ queue: QUEUE }, 2)).toBe(chosen.length)
    for (const task of chosen) {
      dead.splice(dead.indexOf(task), 1)
      tasks.set(task.id, task)
      task.attempts = 0
      this.#model.makeReady(task)
    }
    return `revive ${chosen.length}`
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random(items.length)] as Item
  }
}

function told(admission: Admission): string {
  switch (admission.status) {
    case 'admitted':
      return `admitted ${admission.attempt}`
    case 'dead':
      return `dead ${admission.attempts}`
    default:
      return admission.status
  }
}

test.each(SEEDS)('random operations leave what a plain model says: seed %d', async (seed) => {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const client = operator(options.url)
  const keys = new Keys(options.keyPrefix).queue(QUEUE)
  const run = new Run(await opened(options), seed)
  const done: string[] = []
  for (let step = 0; step < STEPS; step++) {
    try {
      done.push(await run.step())
      await run.check(client, keys)
      if (step % 5 === 0) await run.checkLists()
    } catch (error) {
      throw new Error(`after ${done.slice(-12).join('; ')}`, { cause: error })
    }
  }
})
