import type { Rule } from './rule.ts'
import { coreChangesets } from './rules/core-changesets.ts'
import { docLinks } from './rules/doc-links.ts'
import { docstrings } from './rules/docstrings.ts'
import { errorCodes } from './rules/error-codes.ts'
import { forbiddenCode } from './rules/forbidden-code.ts'
import { imports } from './rules/imports.ts'
import { kernelChangesets } from './rules/kernel-changesets.ts'
import { kernelNames } from './rules/kernel-names.ts'
import { lockfileHosts } from './rules/lockfile.ts'
import { machinePaths } from './rules/machine-paths.ts'
import { manifests } from './rules/manifests.ts'
import { optionDefaults } from './rules/option-defaults.ts'
import { publishedReadmes } from './rules/published-readmes.ts'
import { redisCommandsInLua } from './rules/redis-commands.ts'
import { requiredFilesThere } from './rules/required-files.ts'
import { sqlText } from './rules/sql-text.ts'

/** Everything that `pnpm architecture` checks, in the order in which it says so. */
export const rules: readonly Rule[] = [
  imports,
  requiredFilesThere,
  manifests,
  kernelNames,
  sqlText,
  redisCommandsInLua,
  errorCodes,
  docLinks,
  publishedReadmes,
  optionDefaults,
  docstrings,
  forbiddenCode,
  machinePaths,
  lockfileHosts,
  coreChangesets,
  kernelChangesets,
]
