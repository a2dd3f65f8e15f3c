import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTasq, type Driver, defineTask } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { sqlite } from '@tasq/sqlite'
import { ExactlyOnce, type Figure, measure, type Payload, payloadOf, type Scenario } from '../scenario.ts'

const CONCURRENCY = 100
const IN_FLIGHT = 100
const file = join(tmpdir(), `tasq-benchmark-${process.pid}.db`)

type Indexed = Payload & { readonly index: number }

function removeFile(): void {
  for (const part of ['', '-wal', '-shm']) rmSync(`${file}${part}`, { force: true })
}

/** Drains no-op tasks that were stored before, by one worker. */
async function drain(driver: Driver, tasks: number, concurrency: number): Promise<Figure> {
  const noop = defineTask({ name: 'noop', run: async (_input: Indexed) => {} })
  const producer = createTasq({ driver })
  await producer.enqueueMany(
    noop,
    Array.from({ length: tasks }, (_, index) => ({ index, ...payloadOf(index) })),
  )
  await producer.close()
  await driver.open()
  return await drainStored(driver, tasks, concurrency)
}

/** Drains what another process, or this one, has stored. */
async function drainStored(driver: Driver, tasks: number, concurrency: number): Promise<Figure> {
  const once = new ExactlyOnce(tasks)
  const noop = defineTask({ name: 'noop', run: async ({ index }: Indexed) => once.ran(index) })
  await using tasq = createTasq({ driver, tasks: [noop] })
  const worker = tasq.worker({ concurrency })
  const figure = await measure(tasks, async () => {
    await worker.start()
    await once.done
    await worker.stop() // what ran is settled
  })
  once.check()
  await checkEmpty(driver)
  return figure
}

/** One call for each task, so many at a time. */
async function enqueueSingly(driver: Driver, tasks: number): Promise<Figure> {
  const noop = defineTask({ name: 'noop', run: async (_input: Payload) => {} })
  await using tasq = createTasq({ driver, tasks: [noop] })
  await tasq.open()
  let next = 0
  const producer = async () => {
    while (next < tasks) await tasq.enqueue(noop, payloadOf(next++))
  }
  const figure = await measure(tasks, async () => {
    await Promise.all(Array.from({ length: IN_FLIGHT }, producer))
  })
  const { ready } = await tasq.queue('default').counts()
  if (ready !== tasks) throw new Error(`${ready} of ${tasks} tasks are stored: no figure`)
  return figure
}

async function enqueueBulk(driver: Driver, tasks: number): Promise<Figure> {
  const noop = defineTask({ name: 'noop', run: async (_input: Payload) => {} })
  await using tasq = createTasq({ driver, tasks: [noop] })
  await tasq.open()
  const inputs = Array.from({ length: tasks }, (_, index) => payloadOf(index))
  const figure = await measure(tasks, async () => {
    await tasq.enqueueMany(noop, inputs)
  })
  const { ready } = await tasq.queue('default').counts()
  if (ready !== tasks) throw new Error(`${ready} of ${tasks} tasks are stored: no figure`)
  return figure
}

async function checkEmpty(driver: Driver): Promise<void> {
  await driver.open()
  const [counts] = (await driver.inspection?.count(['default'])) ?? []
  await driver.close()
  if (counts === undefined || counts.ready + counts.active + counts.scheduled + counts.dead > 0) {
    throw new Error(`the queue is not empty: ${JSON.stringify(counts)}: no figure`)
  }
}

/** Share of a core, in percent, that a worker takes with nothing to do. */
async function idle(driver: Driver, seconds: number): Promise<Figure> {
  const noop = defineTask({ name: 'noop', run: async () => {} })
  await using tasq = createTasq({ driver, tasks: [noop] })
  const worker = tasq.worker()
  await worker.start()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const cpu = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  const { user, system } = process.cpuUsage(cpu)
  return { value: (user + system) / (seconds * 10_000) }
}

/** Memory in MB of a process that does nothing but work off what another one has stored. */
async function residentAfterDrain(tasks: number): Promise<Figure> {
  const script = fileURLToPath(new URL('../fill.ts', import.meta.url))
  const fill = spawnSync(process.execPath, ['--no-warnings', script, file, String(tasks)], {
    encoding: 'utf8',
  })
  if (fill.status !== 0) throw new Error(`nothing to work off: ${fill.stderr}`)
  await drainStored(sqlite(file), tasks, CONCURRENCY)
  return { value: process.memoryUsage.rss() / 1_048_576 }
}

const onFile = async (
  synchronous: 'full' | 'normal',
  run: (driver: Driver) => Promise<Figure>,
): Promise<Figure> => {
  removeFile()
  try {
    return await run(sqlite({ file, synchronous }))
  } finally {
    removeFile()
  }
}

export const tasqScenarios: readonly Scenario[] = [
  {
    name: 'memory: drain at 100',
    unit: 'tasks/s',
    isWarm: true,
    target: { least: 400_000 },
    limit: 'raw: engine loop',
    run: (tasks) => drain(memory(), tasks, CONCURRENCY),
  },
  ...(['normal', 'full'] as const).flatMap((level): Scenario[] => [
    {
      name: `sqlite ${level}: drain at 100`,
      unit: 'tasks/s',
      isWarm: true,
      target: { least: level === 'normal' ? 60_000 : 40_000 },
      limit: `raw: sqlite ${level} claim and settle`,
      run: (tasks) => onFile(level, (driver) => drain(driver, tasks, CONCURRENCY)),
    },
    {
      name: `sqlite ${level}: enqueue, 100 in flight`,
      unit: 'tasks/s',
      isWarm: true,
      target: { least: level === 'normal' ? 80_000 : 40_000 },
      limit: `raw: sqlite ${level} insert`,
      run: (tasks) => onFile(level, (driver) => enqueueSingly(driver, tasks)),
    },
  ]),
  {
    name: 'sqlite normal: drain at 10',
    unit: 'tasks/s',
    isWarm: true,
    limit: 'raw: sqlite normal claim and settle',
    run: (tasks) => onFile('normal', (driver) => drain(driver, tasks, 10)),
  },
  {
    name: 'sqlite normal: enqueueMany',
    unit: 'tasks/s',
    isWarm: true,
    limit: 'raw: sqlite normal insert',
    run: (tasks) => onFile('normal', (driver) => enqueueBulk(driver, tasks)),
  },
  {
    name: 'sqlite full: memory after a drain',
    unit: 'MB',
    isWarm: false,
    target: { most: 150 },
    run: (tasks) => onFile('full', () => residentAfterDrain(tasks)),
  },
  {
    name: 'sqlite full: idle worker',
    unit: '% of a core',
    isWarm: false,
    target: { most: 1 },
    run: () => onFile('full', (driver) => idle(driver, 10)),
  },
]
