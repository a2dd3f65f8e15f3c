import { textOf } from './repository.ts'
import { shortMatrix } from './short-matrix.ts'

/** The text of the start page, but for what stands in other documents. */
export const homeSource = 'apps/site/src/home.md'

/** The start page: its example is that of the README, its matrix is that of the drivers in short. */
export function homePage(): string {
  return textOf(homeSource)
    .replace('<!-- example -->', () => firstExample())
    .replace('<!-- matrix -->', () => shortMatrix('../../../'))
}

/** The first code of the README, and what it prints. */
function firstExample(): string {
  const [, example] = /(```ts\n[\s\S]+?\n```text\n[\s\S]+?\n```)/.exec(textOf('README.md')) ?? []
  if (example === undefined) throw new Error('README.md has no first example')
  return example
}
