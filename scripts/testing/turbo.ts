import type { WorkspacePackage } from '../workspace.ts'
import { runCommand } from './command.ts'

/**
 * Runs tasks by turbo, which shows the output of those that fail only; gives its exit code.
 *
 * @param packages those whose tasks are meant, with what they depend on; none for all.
 * @param environment variables for the tasks, beyond those of this process.
 */
export function turbo(
  tasks: readonly string[],
  packages: readonly WorkspacePackage[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const filters = packages.map(({ name }) => `--filter=${name}`)
  const options = ['--output-logs=errors-only', '--continue=dependencies-successful', ...filters]
  return runCommand('pnpm', ['exec', 'turbo', 'run', ...tasks, ...options], environment)
}
