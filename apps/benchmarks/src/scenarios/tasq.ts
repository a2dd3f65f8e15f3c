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
  const once = new ExactlyOnce(tasks)
  const noop = defineTask({ name: 'noop', run: async ({ index }: Indexed) => once.ran(index) })
  await using tasq = createTasq({ driver, tasks: [noop] })
  await tasq.enqueueMany(
    noop,
    Array.from({ length: tasks }, (_, index) => ({ index, ...payloadOf(index) })),
  )
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

/** Memory in MB of `tasq worker` when it has worked off what another process has stored. */
async function residentWorker(tasks: number): Promise<Figure> {
  runScript(new URL('../fill.ts', import.meta.url), file, String(tasks))
  const bin = new URL('./bin.js', import.meta.resolve('@tasq/cli'))
  const module = fileURLToPath(new URL('../noop-tasks.mjs', import.meta.url))
  const flags = ['--tasks', module, '--sqlite-file', file, '--concurrency', String(CONCURRENCY)]
  const printed = runScript(bin, 'worker', ...flags, '--max-tasks', String(tasks))
  await checkEmpty(sqlite(file))
  return { value: Number(/^resident (\d+)$/m.exec(printed)?.[1]) / 1_048_576 }
}

/** What a script prints. @throws Error where it fails. */
function runScript(script: URL, ...parameters: readonly string[]): string {
  const child = spawnSync(process.execPath, ['--no-warnings', fileURLToPath(script), ...parameters], {
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(`${script} failed: ${child.stderr}`)
  return child.stdout
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
    name: 'sqlite full: memory of tasq worker',
    unit: 'MB',
    isWarm: false,
    target: { most: 150 },
    run: (tasks) => onFile('full', () => residentWorker(tasks)),
  },
  {
    name: 'sqlite full: idle worker',
    unit: '% of a core',
    isWarm: false,
    target: { most: 1 },
    run: () => onFile('full', (driver) => idle(driver, 10)),
  },
]
