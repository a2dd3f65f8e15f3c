/** A fenced block of a Markdown document. */
export interface CodeBlock {
  readonly language: string
  /** The words after the language: ` ```ts file=tasks.ts `. */
  readonly words: readonly string[]
  /** The line of the document that its first line of code is in, from 1. */
  readonly line: number
  readonly lines: readonly string[]
}

/** The fenced blocks of a document, in order. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: (CodeBlock & { lines: string[]; fence: string; indent: number }) | undefined
  markdown.split(/\r?\n/).forEach((line, index) => {
    const [, indent = '', fence, info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === undefined) {
      if (fence === undefined) return
      const [language = '', ...words] = info.trim().split(/\s+/)
      open = { language, words, line: index + 2, lines: [], fence, indent: indent.length }
    } else if (fence?.startsWith(open.fence) && info.trim() === '') {
      blocks.push(open)
      open = undefined
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)))
    }
  })
  return blocks
}
