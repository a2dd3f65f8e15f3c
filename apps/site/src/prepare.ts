// Puts together what VitePress reads: the documents of the repository, with links that work on the site, and the reference of the API.

import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeApi } from './api.ts'
import { homePage, homeSource } from './home.ts'
import { isPicture, type PagePaths, withSiteLinks } from './links.ts'
import { readChapters } from './pages.ts'
import { pagesFolder, root, textOf } from './repository.ts'

const pages = readChapters().flatMap((chapter) => chapter.pages)
const paths: PagePaths = new Map([
  ...pages.map(({ source, path }) => [source, path] as const),
  ['README.md', 'index.md'],
  [homeSource, 'index.md'],
])

rmSync(pagesFolder, { recursive: true, force: true })
writePage('index.md', withSiteLinks(homePage(), homeSource, paths))
for (const { source, path } of pages) {
  writePage(path, `---\nsource: ${source}\n---\n\n${withSiteLinks(textOf(source), source, paths)}`)
}
copyPictures()
await writeApi()

function writePage(path: string, text: string): void {
  const file = join(pagesFolder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function copyPictures(): void {
  for (const file of readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })) {
    if (isPicture(`docs/${file}`)) cpSync(join(root, 'docs', file), join(pagesFolder, file))
  }
}
