import { describe, expect, inject, test } from 'vitest'
import { installedSizes } from '../src/installed-sizes.ts'
import { publicPackages } from '../src/public-packages.ts'
import { budgetFile, foreignClients, problemsOfSize, readBudgets, sizeTable } from '../src/size-budgets.ts'

const sizes = installedSizes(inject('installed'))
const budgets = readBudgets()
console.log(sizeTable(sizes))

test(`${budgetFile} has a budget for every package that is published`, () => {
  expect(budgets.map(({ name }) => name).sort()).toEqual(publicPackages.map(({ name }) => name).sort())
})

describe.each(budgets)('$name', (budget) => {
  const { manifest } = publicPackages.find(({ name }) => name === budget.name) ?? {}
  const size = sizes.find(({ name }) => name === budget.name)

  test('needs directly what its budget names', () => {
    const optional = Object.keys(manifest?.peerDependenciesMeta ?? {})
    const needed = Object.keys({ ...manifest?.dependencies, ...manifest?.peerDependencies })
    expect(needed.filter((name) => !optional.includes(name)).sort()).toEqual([...budget.needs].sort())
  })

  test('installs no more than its budget allows, and a good part of it', () => {
    expect(size && problemsOfSize(size, budget)).toEqual([])
  })

  test('brings no client of another backend', () => {
    expect(size && foreignClients(size, budget)).toEqual([])
  })
})

test.each([
  ['@tasq/core', []],
  ['@tasq/sqlite', ['@tasq/sqlite']],
  ['@tasq/testkit', ['@tasq/testkit']],
  ['@tasq/otel', ['@opentelemetry/api', '@tasq/otel']],
])('%s installs the core with its codec, and of others only %j', (name, others) => {
  const nativeCodec = ['msgpackr-extract', 'node-gyp-build-optional-packages', 'detect-libc']
  const core = ['@tasq/core', '@standard-schema/spec', 'msgpackr', ...nativeCodec]
  const packages = sizes.find((size) => size.name === name)?.packages ?? []
  const portable = packages.filter((each) => !each.startsWith('@msgpackr-extract/'))
  expect(portable).toEqual([...core, ...others].sort())
})
