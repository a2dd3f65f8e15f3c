import { type CodeBlock, codeBlocks } from './code-blocks.ts'

/** A file to check, made of the code in a document. */
export interface Example {
  /** `03.ts`, or the name that the block gives itself. */
  readonly file: string
  readonly lines: readonly { readonly text: string; readonly documentLine: number }[]
}

/**
 * The TypeScript in a document, as files that are checked side by side. The words after `ts` say how:
 * `file=tasks.ts` names the file, so that other blocks can import it; `continued` goes on from the block before;
 * `fragment` is not checked, and is for what can't stand alone.
 */
export function examplesOf(markdown: string): readonly Example[] {
  let previous: Example['lines'] = []
  return codeBlocks(markdown)
    .filter(({ language }) => language === 'ts' || language === 'typescript')
    .filter(({ words }) => !words.includes('fragment'))
    .map((block, index) => {
      previous = [...(block.words.includes('continued') ? previous : []), ...linesOf(block)]
      return { file: fileOf(block, index), lines: previous }
    })
}

function linesOf({ line, lines }: CodeBlock): Example['lines'] {
  return lines.map((text, index) => ({ text, documentLine: line + index }))
}

function fileOf({ words }: CodeBlock, index: number): string {
  const named = words.find((word) => word.startsWith('file='))?.slice('file='.length)
  return named ?? `${String(index + 1).padStart(2, '0')}.ts`
}
