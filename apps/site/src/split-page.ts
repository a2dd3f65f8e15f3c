import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const anchor = /<a id="([^"]+)"/g
const localLink = /\]\(([\w-]+\.md)?#([^)]+)\)/g

/**
 * Makes a page of each section of a page (`core.md` → `core-classes.md` and others), leaves a list of them, and mends the links of
 * all pages of the folder.
 */
export function splitPage(folder: string, page: string): void {
  const file = join(folder, `${page}.md`)
  const [head = '', ...sections] = readFileSync(file, 'utf8').split(/^(?=## )/m)
  const title = /^# (.+)$/m.exec(head)?.[1] ?? page
  const parts = sections.map((text) => {
    const name = /^## (.+)$/m.exec(text)?.[1] ?? ''
    return { name, file: `${page}-${name.toLowerCase().replaceAll(' ', '-')}.md`, text }
  })
  const homes = new Map<string, string>()
  for (const part of parts) {
    for (const [, id = ''] of part.text.matchAll(anchor)) homes.set(id, part.file)
  }
  for (const other of readdirSync(folder).filter((each) => each.endsWith('.md'))) {
    if (other !== `${page}.md`) rewrite(join(folder, other), (text) => mended(text, `${page}.md`, homes))
  }
  for (const part of parts) {
    const text = part.text.replace(/^## .+$/m, () => `# ${title}: ${part.name.toLowerCase()}`)
    writeFileSync(join(folder, part.file), mended(text.replace(/^#(#+ )/gm, '$1'), undefined, homes))
  }
  const list = parts.map((part) => `## ${part.name}\n\n${namesIn(part)}`)
  writeFileSync(file, `${head}\n${list.join('\n\n')}\n`)
}

function mended(text: string, page: string | undefined, homes: ReadonlyMap<string, string>): string {
  return text.replace(localLink, (link, target: string | undefined, id: string) => {
    const home = target === page ? homes.get(id) : undefined
    return home === undefined ? link : `](./${home}#${id})`
  })
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

/** Every name of a section, with a link to it. */
function namesIn({ text, file }: { readonly text: string; readonly file: string }): string {
  return [...text.matchAll(/<a id="([^"]+)"><\/a>\s+### (.+)$/gm)]
    .map(([, id = '', name = '']) => `[\`${name.replaceAll('\\', '')}\`](./${file}#${id})`)
    .join(', ')
}
