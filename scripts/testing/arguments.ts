import { parseArgs } from 'node:util'
import { root } from '../root.ts'
import { readWorkspace, type WorkspacePackage } from '../workspace.ts'
import { mainNode, majorOf, type NodeUnderTest, nodesUnderTest } from './node-versions.ts'

const usage = `npm test                         everything that CI asks for
npm test -- core sqlite          the tests of these packages only, and no other checks
npm test -- redis --node 22      the same, on this major version of Node only`

/** What one run of `npm test` is about. */
export interface TestPlan {
  readonly packages: readonly WorkspacePackage[]
  readonly nodes: readonly NodeUnderTest[]
  /** Whether the tests of every package run, on the main Node at least. */
  readonly everyTest: boolean
  /** Whether nothing was left out, so that the checks run too. */
  readonly everything: boolean
}

/** Reads the arguments of `npm test -- …`; ends the process where they can't be followed. */
export function readArguments(args: readonly string[]): TestPlan {
  const options = { node: { type: 'string', multiple: true }, help: { type: 'boolean' } } as const
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], options, allowPositionals: true }),
  )
  if (values.help === true) end(usage, 0)
  const tested = readWorkspace(root).filter(({ manifest }) => manifest.scripts?.test !== undefined)
  const wanted = chosen(values.node ?? [], nodesUnderTest, ({ version }) => [version, majorOf(version)])
  // Whoever names both wants just that, also what is left out on this Node otherwise.
  const isJustThat = values.node !== undefined && positionals.length > 0
  const nodes = isJustThat ? wanted.map(({ version }) => ({ version })) : wanted
  return {
    packages: chosen(positionals, tested, ({ name }) => [name, name.replace('@tasq/', '')]),
    nodes,
    everyTest: positionals.length === 0 && nodes.includes(mainNode),
    everything: positionals.length === 0 && values.node === undefined,
  }
}

/** Those that are wanted; all, where nothing is said. */
function chosen<Item>(
  wanted: readonly string[],
  items: readonly Item[],
  names: (item: Item) => readonly string[],
): readonly Item[] {
  const unknown = wanted.find((name) => !items.some((item) => names(item).includes(name)))
  if (unknown !== undefined) {
    end(
      `There is no '${unknown}' to test; there are ${items.map((item) => names(item)[1]).join(', ')}.\n${usage}`,
      2,
    )
  }
  return wanted.length === 0
    ? items
    : items.filter((item) => names(item).some((name) => wanted.includes(name)))
}

function parsed<Value>(parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    end(`${error instanceof Error ? error.message : error}\n${usage}`, 2)
  }
}

function end(text: string, exitCode: number): never {
  console.error(text)
  process.exit(exitCode)
}
