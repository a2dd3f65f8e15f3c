import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Figure, Scenario } from './scenario.ts'
import { rawScenarios } from './scenarios/raw.ts'
import { tasqScenarios } from './scenarios/tasq.ts'

// Runs every scenario several times, each in a process of its own, one round after the other, so that what
// disturbs the machine disturbs all of them alike; prints medians, extremes and ratios.

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const scenarios = [...rawScenarios, ...tasqScenarios].filter(({ name }) => name.includes(values.only))
const figures = new Map<string, Figure[]>(scenarios.map(({ name }) => [name, []]))

for (let round = 1; round <= rounds; round++) {
  for (const scenario of scenarios) {
    process.stderr.write(`round ${round} of ${rounds}: ${scenario.name}\n`)
    figures.get(scenario.name)?.push(runApart(scenario))
  }
}
if (values.json) console.log(JSON.stringify(Object.fromEntries(figures)))
else printTable()

function runApart({ name }: Scenario): Figure {
  const script = fileURLToPath(new URL('./run.ts', import.meta.url))
  const child = spawnSync(process.execPath, ['--no-warnings', '--expose-gc', script, name, values.tasks], {
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(`${name} failed:\n${child.stderr}`)
  return JSON.parse(child.stdout) as Figure
}

function printTable(): void {
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'} × ${cpus().length}, Node ${process.versions.node}, ${values.tasks} tasks, ${rounds} rounds\n`,
  )
  console.log('| scenario | median | min | max | unit | CPU µs/task | of its limit | target |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const scenario of scenarios) console.log(rowOf(scenario))
}

function rowOf({ name, unit, target, limit }: Scenario): string {
  const runs = figures.get(name) ?? []
  const sorted = runs.map(({ value }) => value).sort((a, b) => a - b)
  const middle = median(name)
  const cpu = runs.map(({ cpuUsPerTask }) => cpuUsPerTask ?? Number.NaN).sort((a, b) => a - b)[
    runs.length >> 1
  ]
  const share = limit === undefined ? Number.NaN : (middle / median(limit)) * 100
  const cells = [
    name,
    format(middle),
    format(sorted[0]),
    format(sorted.at(-1)),
    unit,
    format(cpu),
    Number.isNaN(share) ? '' : `${Math.round(share)} %`,
    verdict(middle, target),
  ]
  return `| ${cells.join(' | ')} |`
}

function median(name: string): number {
  const sorted = (figures.get(name) ?? []).map(({ value }) => value).sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

function verdict(value: number, target: Scenario['target']): string {
  if (target?.least !== undefined)
    return `≥ ${format(target.least)}: ${value >= target.least ? 'met' : 'missed'}`
  if (target?.most !== undefined)
    return `≤ ${format(target.most)}: ${value <= target.most ? 'met' : 'missed'}`
  return ''
}

function format(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return ''
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
