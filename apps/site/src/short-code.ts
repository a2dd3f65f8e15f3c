import type { MarkdownRenderer } from 'vitepress'

const LONGEST = 24

/** Marks short code within a sentence, such as `--json`, which is not to be broken into two lines. */
export function shortCode(markdown: MarkdownRenderer): void {
  const { code_inline: inline } = markdown.renderer.rules
  if (inline === undefined) return
  markdown.renderer.rules.code_inline = (tokens, index, ...rest) => {
    const token = tokens[index]
    if (token !== undefined && token.content.length <= LONGEST) token.attrJoin('class', 'short')
    return inline(tokens, index, ...rest)
  }
}
