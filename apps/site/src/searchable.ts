import type { MarkdownEnv } from 'vitepress'
import { apiFolder } from './api.ts'

/** What makes HTML of Markdown. */
interface Renderer {
  render(text: string, env: MarkdownEnv): string
}

/**
 * A page as its search sees it. In the reference of the API, each name is found as a whole, and not its parts, which are
 * called the same everywhere: "Parameters", "Returns".
 */
export function searchable(text: string, env: MarkdownEnv, markdown: Renderer): string {
  const html = markdown.render(text, env)
  if (!env.relativePath.startsWith(`${apiFolder}/`)) return html
  const deepest = isSection(env.relativePath) ? 2 : 3
  return html.replace(/<(\/?)h([1-6])\b[^>]*>/g, (tag, slash: string, depth: string) =>
    Number(depth) > deepest ? `<${slash}p>` : tag,
  )
}

/** Whether a page has names of one kind only, a heading each. */
export function isSection(path: string): boolean {
  return /^api\/.*-(classes|interfaces|functions|variables|type-aliases)\.md$/.test(path)
}
