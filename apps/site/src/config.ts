import { type DefaultTheme, defineConfig } from 'vitepress'
import { slug } from './anchors.ts'
import { apiFolder } from './api.ts'
import { fileNames } from './file-names.ts'
import { optionsFile } from './options.ts'
import { editUrl, pagesFolder, repositoryUrl, siteOutput } from './repository.ts'
import { isSection, searchable } from './searchable.ts'
import { shortCode } from './short-code.ts'
import { sidebar } from './sidebar.ts'

const MATRIX = 'docs/driver-matrix.md'
/** Documents with tables of many columns. */
const wide: readonly unknown[] = [MATRIX, optionsFile, 'docs/benchmarks.md', 'docs/parity.md']

/** How VitePress builds the site. */
export const config = defineConfig({
  title: 'Tasq',
  description: 'A task queue for Node.js: one worker engine, on the backend that you have',
  lang: 'en',
  srcDir: pagesFolder,
  outDir: siteOutput,
  cacheDir: '.cache',
  cleanUrls: true,
  metaChunk: true,
  markdown: {
    anchor: { slugify: slug },
    config: (markdown) => {
      fileNames(markdown)
      shortCode(markdown)
    },
    theme: { light: 'github-light', dark: 'github-dark' },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/how-to/retry' },
      { text: 'Options', link: '/reference/options' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { _render: searchable } },
    socialLinks: [{ icon: 'github', link: repositoryUrl }],
    editLink: { text: 'Edit this page', pattern: `${editUrl}:path` },
    footer: { message: 'MIT licensed' },
  },
  transformPageData(page) {
    const source: unknown = page.frontmatter['source']
    // Pages stand elsewhere in the repository than on the site, and what is made from comments is edited there.
    if (typeof source === 'string') page.filePath = source
    else page.frontmatter['editLink'] = false
    const looks = looksOf(page.relativePath, source)
    if (looks.length > 0) page.frontmatter['pageClass'] = looks.join(' ')
    // Its tables need the room of the list of headings, which are three.
    if (source === MATRIX) page.frontmatter['aside'] = false
    if (isSection(page.relativePath)) page.frontmatter['outline'] = 2
  },
}) satisfies { themeConfig?: DefaultTheme.Config }

/** Classes that style.css knows. */
function looksOf(path: string, source: unknown): readonly string[] {
  return [
    ...(wide.includes(source) ? ['wide'] : []),
    ...(source === optionsFile ? ['options'] : []),
    ...(source === MATRIX ? ['matrix'] : []),
    ...(path.startsWith(`${apiFolder}/`) ? ['api'] : []),
  ]
}
