import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CodeBlock, codeBlocks } from './code-blocks.ts'
import { examplesOf } from './examples.ts'
import { root } from './public-packages.ts'

/** The first TypeScript in the README, and what the README says that it prints. */
export interface ReadmeExample {
  readonly code: string
  readonly output: string
}

/** @throws where the README has no block of `ts` with a block of `text` after it. */
export function readmeExample(): ReadmeExample {
  const blocks = blocksOf('README.md')
  const index = blocks.findIndex(({ language }) => language === 'ts')
  const [example, output] = [blocks[index], blocks[index + 1]]
  if (example === undefined || output?.language !== 'text') {
    throw new Error('README.md needs a first example in ```ts, and after it what that prints in ```text.')
  }
  return { code: codeOf(example), output: codeOf(output) }
}

/**
 * The first TypeScript in the README of a driver, with this URL instead of that in it.
 * @throws where there is none, or no URL in it.
 */
export function firstUseOf(driver: string, url: string): string {
  const file = `packages/${driver}/README.md`
  const example = blocksOf(file).find(({ language }) => language === 'ts')
  const code = example === undefined ? '' : codeOf(example)
  const withUrl = code.replace(/(?<=driver: \w+\()'\w+:\/\/[^']*'/, JSON.stringify(url))
  if (withUrl === code)
    throw new Error(`${file} needs a first example in \`\`\`ts that names a server by its URL.`)
  return withUrl
}

/** The examples of a document that name their files. */
export function filesOf(document: string): readonly { readonly file: string; readonly code: string }[] {
  return examplesOf(readFileSync(join(root, document), 'utf8'))
    .filter(({ file }) => !/^\d/.test(file))
    .map(({ file, lines }) => ({ file, code: `${lines.map(({ text }) => text).join('\n')}\n` }))
}

/** The fenced blocks of a document. */
export function blocksOf(file: string): readonly CodeBlock[] {
  return codeBlocks(readFileSync(join(root, file), 'utf8'))
}

function codeOf({ lines }: CodeBlock): string {
  return `${lines.join('\n')}\n`
}
