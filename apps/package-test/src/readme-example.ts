import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeBlocks } from './code-blocks.ts'
import { root } from './public-packages.ts'

/** The first TypeScript in the README, and what the README says that it prints. */
export interface ReadmeExample {
  readonly code: string
  readonly output: string
}

/** @throws where the README has no block of `ts` with a block of `text` after it. */
export function readmeExample(): ReadmeExample {
  const blocks = codeBlocks(readFileSync(join(root, 'README.md'), 'utf8'))
  const index = blocks.findIndex(({ language }) => language === 'ts')
  const [example, output] = [blocks[index], blocks[index + 1]]
  if (example === undefined || output?.language !== 'text') {
    throw new Error('README.md needs a first example in ```ts, and after it what that prints in ```text.')
  }
  return { code: `${example.lines.join('\n')}\n`, output: `${output.lines.join('\n')}\n` }
}
