/** The command line as a function, for programs that bring their own entry, and its settings for those that enqueue. */
export {
  type AppFromSettingsOptions,
  type AppWith,
  appFromSettings,
  type Need,
} from './app-from-settings.ts'
export { defineConfig, type TasqConfig } from './config/tasq-config.ts'
export {
  DriverNotInstalledError,
  ModuleError,
  PortUnavailableError,
  TooManyFailuresError,
  UsageError,
} from './errors.ts'
export type { Terminal } from './output/terminal.ts'
export { type ExitCode, type RunOptions, runCli } from './program.ts'
