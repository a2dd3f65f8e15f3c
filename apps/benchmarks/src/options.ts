import { parseArgs } from 'node:util'
import { BACKENDS, type Backend } from './subjects/backend.ts'
import { peerNames } from './subjects/index.ts'
import { workloads } from './workloads/index.ts'

export const USAGE = `Measures Tasq, other queues and the raw backends, each run in a process of its own.

Usage: pnpm bench [options]

  --backend <names>    memory, sqlite, redis, postgres, mysql, rabbitmq, sqs; and brokers with a store beside them:
                       rabbitmq+redis, rabbitmq+postgres, rabbitmq+sqlite, sqs+redis, sqs+sqlite (default: all)
  --peer <names>       tasq, raw, ${peerNames.join(', ')} (default: tasq,raw)
  --workload <names>   W1 to W12, by the start of the name, W13, the soak, and W14, many keys (default: W1,W2,W3,W4)
  --tasks <n>          tasks of a usual run; slow subjects have fewer, for about 20 s (default: 100000)
  --rounds <n>         how often each is measured; the median counts (default: 3)
  --repeats <n>        how often a run that others disturbed is repeated (default: 2)
  --seconds <n>        how long the soak of a subject lasts (default: 900)
  --json <file>        writes every single figure there, with versions and settings
  --chart <file>       draws the medians there, as SVG
  --help               print this

Names are comma lists. Servers are started for the runs and stopped after them.`

export interface BenchOptions {
  readonly backends: readonly Backend[]
  /** `tasq` and `raw`, and names of peers. */
  readonly peers: readonly string[]
  readonly workloads: readonly string[]
  readonly tasks: number
  readonly rounds: number
  readonly repeats: number
  /** Of a soak. */
  readonly seconds: number
  readonly json: string | undefined
  readonly chart: string | undefined
}

/** @throws Error saying which argument is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions | 'help' {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: {
      ...{ backend: text, peer: text, workload: text, tasks: text, rounds: text, json: text, chart: text },
      ...{ repeats: text, seconds: text },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const asked = list(values.workload ?? 'W1,W2,W3,W4')
  const isAsked = (name: string) => asked.some((wanted) => name === wanted || name.startsWith(`${wanted} `))
  const names = workloads.map(({ name }) => name).filter(isAsked)
  if (names.length === 0) throw new Error(`--workload takes W1 to W14, not ${asked.join(', ')}`)
  return {
    backends: BACKENDS.filter((name) => among('--backend', values.backend, BACKENDS).includes(name)),
    peers: among('--peer', values.peer ?? 'tasq,raw', ['tasq', 'raw', ...peerNames]),
    workloads: names,
    tasks: whole('--tasks', values.tasks ?? '100000', 1),
    rounds: whole('--rounds', values.rounds ?? '3', 1),
    repeats: whole('--repeats', values.repeats ?? '2', 0),
    seconds: whole('--seconds', values.seconds ?? '900', 1),
    json: values.json,
    chart: values.chart,
  }
}

function among<Name extends string>(
  option: string,
  text: string | undefined,
  names: readonly Name[],
): readonly string[] {
  const wanted = list(text ?? names.join(','))
  const unknown = wanted.find((name) => !names.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`${option} takes ${names.join(', ')}, not ${unknown}`)
  return wanted
}

function list(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim())
}

function whole(option: string, text: string, least: number): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isInteger(number) || number < least)
    throw new Error(`${option} takes a whole number from ${least} on, not ${text}`)
  return number
}
