import type { MarkdownRenderer } from 'vitepress'

/** Shows the name that a block of code gives itself: ` ```ts file=tasks.ts `. */
export function fileNames(markdown: MarkdownRenderer): void {
  const { fence } = markdown.renderer.rules
  if (fence === undefined) return
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const name = /\bfile=(\S+)/.exec(tokens[index]?.info ?? '')?.[1]
    const block = fence(tokens, index, ...rest)
    return name === undefined ? block : `<p class="file-name">${markdown.utils.escapeHtml(name)}</p>${block}`
  }
}
