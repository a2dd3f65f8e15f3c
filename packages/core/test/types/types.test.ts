import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../support/compiler.ts'
import { present } from '../support/present.ts'
import { right, wrong } from './snippets.ts'

let diagnostics: ReadonlyMap<string, readonly string[]>

beforeAll(() => {
  const wrongCode = Object.entries(wrong).map(([name, { code }]) => [name, code] as const)
  diagnostics = compile(new Map([...Object.entries(right), ...wrongCode]))
}, 60_000)

describe('compiles', () => {
  test.each(Object.keys(right))('%s', (name) => {
    expect(present(diagnostics.get(name))).toEqual([])
  })
})

describe('is refused by the compiler, in readable words', () => {
  test.each(Object.entries(wrong))('%s', (name, { says }) => {
    const [first, ...others] = present(diagnostics.get(name))
    expect(others).toEqual([])
    for (const part of says) expect(first).toContain(part)
  })
})
