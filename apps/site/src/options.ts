import { chapters, type OptionSection } from './option-sections.ts'
import { descriptionOf, optionTable } from './option-tables.ts'

/** The page, from the root of the repository. */
export const optionsFile = 'docs/reference/options.md'

/** All options, with their defaults, as the comments at their declarations say. */
export function optionsPage(): string {
  const parts = chapters.map(({ title, text, sections }) =>
    [`## ${title}`, ...(text === undefined ? [] : [text]), ...sections.map(sectionOf)].join('\n\n'),
  )
  return `${[intro, ...parts].join('\n\n')}\n`
}

const intro = `# Options

All options, with their defaults. This page is made from the comments in the code (\`pnpm --filter @tasq/site options\` writes it).

A \`Duration\` is a number of milliseconds, or text: \`'250ms'\`, \`'30s'\`, \`'5m'\`, \`'1h'\`, \`'14d'\`. An impossible value is an \`InvalidOptionError\` that names the option, the value and what is allowed, when the task, app, driver or worker is made. The flags of the command line are in [@tasq/cli](../../packages/cli/README.md).

What may be said at several places goes by the nearest: one enqueue, then the definition of the task, then \`defaults\` of the app, then the defaults below.`

function sectionOf({ heading, file, name, more }: OptionSection): string {
  const parts = [`### ${heading}`, descriptionOf(file, name), more ?? '', optionTable(file, name)]
  return parts.filter((part) => part !== '').join('\n\n')
}
