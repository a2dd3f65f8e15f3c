import { posix } from 'node:path'
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser'
import type { Finding } from '../finding.ts'
import { importRules } from '../import-rules.ts'
import type { Repository } from '../repository.ts'
import type { Rule } from '../rule.ts'

export const imports: Rule = {
  name: 'imports go the allowed ways',
  async check(repository) {
    const { modules, summary } = await cruiseOf(repository)
    const seenCycles = new Set<string>()
    const forbidden = summary.violations.flatMap((violation) => {
      const cycle = violation.cycle?.map(({ name }) => name)
      if (cycle === undefined) return [findingOf(repository, violation)]
      const members = [...cycle].sort().join(' ')
      if (seenCycles.has(members)) return []
      seenCycles.add(members)
      return [findingOf(repository, violation, `${violation.from} → ${cycle.join(' → ')}`)]
    })
    return [...forbidden, ...modules.flatMap((module) => strayPaths(repository, module))]
  },
}

async function cruiseOf(repository: Repository): Promise<ICruiseResult> {
  const folders = repository.packages.map(({ folder }) => folder)
  const { output } = await cruise(folders, {
    baseDir: repository.root,
    validate: true,
    ruleSet: { forbidden: importRules(repository).map((rule) => ({ ...rule, severity: 'error' as const })) },
    exclude: { path: '(^|/)(dist|\\.examples)/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@tasq/source', 'import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.d.ts', '.json'],
    },
  })
  if (typeof output === 'string') throw new Error(`dependency-cruiser gave text: ${output}`)
  return output
}

function findingOf(repository: Repository, violation: IViolation, path?: string): Finding {
  const { from, to, unresolvedTo = to, rule } = violation
  const remedy = importRules(repository).find(({ name }) => name === rule.name)?.comment ?? ''
  return {
    file: from,
    line: lineOfImport(repository, from, unresolvedTo),
    problem: `${rule.name}, and this ${path === undefined ? `imports ${unresolvedTo}` : `is one: ${path}`}.`,
    remedy,
  }
}

/** A path from one package into another works here, and not where the packages are installed. */
function strayPaths(
  repository: Repository,
  { source, dependencies }: ICruiseResult['modules'][number],
): readonly Finding[] {
  const own = packageOf(source)
  return dependencies
    .filter(({ module, resolved }) => module.startsWith('.') && own !== '' && packageOf(resolved) !== own)
    .filter(({ resolved }) => packageOf(resolved) !== '')
    .map(({ module }) => ({
      file: source,
      line: lineOfImport(repository, source, module),
      problem: `'${module}' is a path into another package.`,
      remedy: 'Import it by the name of the package.',
    }))
}

/** `packages/core` of `packages/core/src/index.ts`; nothing for the files at the root. */
function packageOf(file: string): string {
  return /^((packages|apps)\/[^/]+|scripts)\//.exec(posix.normalize(file))?.[1] ?? ''
}

function lineOfImport(repository: Repository, file: string, specifier: string): number | undefined {
  const lines = repository.text(file).split('\n')
  const index = lines.findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`"${specifier}"`))
  return index === -1 ? undefined : index + 1
}
