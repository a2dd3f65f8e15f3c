import { readdirSync, readFileSync } from 'node:fs'

/** Monotonic time in ms, the same for all processes of this machine. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** CPU time that this process has used, in ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** A tick of /proc in ms. */
const TICK_MS = 10

interface Usage {
  readonly parent: number
  /** Its own time and that of the children that have ended, in ms. */
  readonly ms: number
}

/** CPU time that a process and all below it have used, in ms; 0 where the system does not tell. */
export function cpuOfTree(pid: number): number {
  const all = new Map<number, Usage>()
  for (const each of pids()) {
    const usage = usageOf(each)
    if (usage !== undefined) all.set(each, usage)
  }
  const below = (root: number): number =>
    (all.get(root)?.ms ?? 0) +
    [...all].filter(([, { parent }]) => parent === root).reduce((sum, [child]) => sum + below(child), 0)
  return below(pid)
}

/** CPU time that the whole machine has used, in ms. */
export function cpuOfMachine(): number {
  try {
    const [, user = '0', nice = '0', system = '0', , , irq = '0', soft = '0', steal = '0'] =
      readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/) ?? []
    return [user, nice, system, irq, soft, steal].reduce((sum, text) => sum + Number(text), 0) * TICK_MS
  } catch {
    return 0
  }
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // state, ppid, …, utime, stime, cutime, cstime: see proc(5)
    const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number)
    const ticks = (user ?? 0) + (system ?? 0) + (childrenUser ?? 0) + (childrenSystem ?? 0)
    return { parent: Number(fields[1]), ms: ticks * TICK_MS }
  } catch {
    return undefined // it has ended meanwhile
  }
}
