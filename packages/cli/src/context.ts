import type { Terminal } from './output/terminal.ts'

/** Variables by their names: what has the types of Node has more to say of them, and not everybody has those. */
export type Environment = Record<string, string | undefined>

/** What every command works with. */
export interface CommandContext {
  readonly terminal: Terminal
  /** Where relative paths, installed drivers, `.env` and the config file are looked up. */
  readonly folder: string
  /** The environment; what `.env` adds to it is in there as well. */
  readonly env: Environment
  /** Says what only those want to know who have asked by `--verbose`. @default says nothing */
  readonly note?: (line: string) => void
}
