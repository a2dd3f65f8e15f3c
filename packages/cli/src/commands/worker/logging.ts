import type { CommandContext } from '../../context.ts'
import type { Log } from '../../output/log.ts'
import type { LogOptions } from '../../output/log-options.ts'
import type { WorkerFlags } from './options.ts'

/** How a worker's log is written: for people where somebody sits at a terminal. */
export function logOptionsOf(flags: WorkerFlags, { terminal, env }: CommandContext): LogOptions {
  const isTerminal = terminal.live !== undefined
  return {
    level: flags.logLevel ?? 'info',
    format: flags.logFormat ?? (isTerminal ? 'pretty' : 'json'),
    colors: isTerminal && (env['NO_COLOR'] ?? '') === '',
  }
}

/** A log; what writes it is loaded only here, as no other command needs it. */
export async function openLog(write: (line: string) => void, options: LogOptions): Promise<Log> {
  const { makeLog } = await import('../../output/log.ts')
  return makeLog(write, options)
}
