import { writeFileSync } from 'node:fs'
import { Bench } from './bench.ts'
import { type BenchOptions, parseOptions, USAGE } from './options.ts'
import { installPeers } from './peers.ts'
import { openPlace } from './place.ts'
import { chartOf } from './report/chart.ts'
import { type Machine, machineOf } from './report/machine.ts'
import type { Row } from './report/row.ts'
import { tableOf } from './report/table.ts'
import type { Backend } from './subjects/backend.ts'
import { loadPeers, ownSubjects } from './subjects/index.ts'
import type { Place, Subject } from './subjects/subject.ts'
import { serverVersions } from './versions.ts'
import { workloads } from './workloads/index.ts'
import { tasksOf } from './workloads/sizing.ts'
import type { Figure } from './workloads/workload.ts'

/** Above this share of a core, taken by others while a run was measured, the run is repeated. */
const DISTURBED = 0.15

/** Versions of the servers that were started, by their names. */
const servers = new Map<string, string>()

process.exitCode = await main()

async function main(): Promise<number> {
  let options: BenchOptions | 'help'
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  if (options === 'help') {
    console.log(USAGE)
    return 0
  }
  const rows = plan(options, await subjectsOf(options))
  // One round after the other, so that what disturbs the machine disturbs all of them alike.
  for (let round = 1; round <= options.rounds; round++) {
    for (const row of rows) {
      process.stderr.write(
        `round ${round} of ${options.rounds}: ${row.workload.name}, ${row.subject.name} on ${row.subject.backend}\n`,
      )
      await measure(row, options)
    }
  }
  const machine = machineOf(servers, options.peers)
  console.log(tableOf(rows, machine, options))
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(rows, machine, options))
  if (options.chart !== undefined) writeFileSync(options.chart, chartOf(rows))
  return rows.some(({ problem }) => problem !== undefined) ? 1 : 0
}

async function subjectsOf({ backends, peers }: BenchOptions): Promise<readonly Subject[]> {
  const own = ownSubjects.filter(({ isRaw = false }) => peers.includes(isRaw ? 'raw' : 'tasq'))
  const others = peers.filter((name) => name !== 'tasq' && name !== 'raw')
  if (others.length > 0) installPeers()
  const all = [...own, ...(await loadPeers(others))]
  return all.filter(({ backend }) => backends.includes(backend))
}

function plan(options: BenchOptions, subjects: readonly Subject[]): readonly Row[] {
  return workloads
    .filter(({ name }) => options.workloads.includes(name))
    .flatMap((workload) =>
      subjects
        .filter((subject) => workload.suits?.(subject) ?? true)
        .map((subject): Row => {
          const tasks = tasksOf(options.tasks, workload, subject)
          return { workload, subject, tasks, figures: [], problem: undefined }
        }),
    )
}

async function measure(row: Row, { repeats, seconds }: BenchOptions): Promise<void> {
  if (row.problem !== undefined) return
  try {
    for (let repeat = 0; ; repeat++) {
      const { figure, disturbance } = await measureOnce(row, seconds)
      if (disturbance > DISTURBED && repeat < repeats) {
        process.stderr.write(
          `  disturbed: others took ${Math.round(disturbance * 100)} % of a core; once more\n`,
        )
        continue
      }
      row.figures.push({ ...figure, disturbance })
      return
    }
  } catch (error) {
    row.problem = error instanceof Error ? error.message : String(error)
    process.stderr.write(`  ${row.problem}\n`)
  }
}

async function measureOnce(
  { workload, subject, tasks }: Row,
  soakSeconds: number,
): Promise<{ figure: Figure; disturbance: number }> {
  const open = await openPlace(subject.backend)
  const bench = new Bench(
    subject,
    open,
    { tasks, soakSeconds },
    workload.features ?? { uniqueAndKept: false },
  )
  try {
    await noteVersions(subject.backend, open.place)
    let figure: Figure | undefined
    const disturbance = await bench.disturbance(async () => {
      figure = await workload.run(bench)
    })
    if (figure === undefined) throw new Error('nothing was measured')
    return { figure, disturbance }
  } finally {
    await bench.close()
  }
}

async function noteVersions(backend: Backend, place: Place): Promise<void> {
  if (backend.split('+').every((name) => servers.has(name))) return
  for (const [name, version] of await serverVersions(backend, place)) servers.set(name, version)
}

function jsonOf(rows: readonly Row[], machine: Machine, { tasks, rounds }: BenchOptions): string {
  const figures = rows.map(({ workload, subject, tasks, figures, problem }) => ({
    workload: workload.name,
    backend: subject.backend,
    subject: subject.name,
    settings: subject.settings,
    unit: workload.unit,
    tasks,
    figures,
    problem,
  }))
  return `${JSON.stringify({ machine, tasks, rounds, figures }, null, 2)}\n`
}
