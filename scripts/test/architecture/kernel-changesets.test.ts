import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Repository } from '../../architecture/repository.ts'
import { kernelChangesets } from '../../architecture/rules/kernel-changesets.ts'
import { repositoryWith } from './fixture.ts'

const kernel = 'packages/sql-kernel/src/index.ts'

/** A repository on a branch, with these files changed since it left main. */
function branchWith(changes: Readonly<Record<string, string>>): Repository {
  const { root } = repositoryWith({ '.gitignore': 'node_modules\n' })
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: root, stdio: 'ignore' })
  const commit = () => {
    git('add', '--all')
    git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--allow-empty', '-m', 'test')
  }
  git('init', '--initial-branch=main')
  commit()
  git('checkout', '-b', 'work')
  for (const [file, text] of Object.entries(changes)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  commit()
  return new Repository(root)
}

test('a change of the kernel needs a changeset that names the driver', async () => {
  expect(await kernelChangesets.check(branchWith({ [kernel]: 'export const changed = 1\n' }))).toEqual([
    expect.objectContaining({ file: kernel, problem: expect.stringContaining('@tasq/sqlite') }),
  ])
})

test('a changeset for another package does not do', async () => {
  const repository = branchWith({
    [kernel]: 'export const changed = 1\n',
    '.changeset/brave-cats-run.md': "---\n'@tasq/core': patch\n---\n\nMends it.\n",
  })
  expect(await kernelChangesets.check(repository)).toHaveLength(1)
})

test('with one for the driver all is well', async () => {
  const repository = branchWith({
    [kernel]: 'export const changed = 1\n',
    '.changeset/brave-cats-run.md': "---\n'@tasq/sqlite': patch\n---\n\nMends it.\n",
  })
  expect(await kernelChangesets.check(repository)).toEqual([])
})

test('it does not apply without a change, on the base branch, and without git', async () => {
  const without = { notApplicable: 'there is no branch to compare with' }
  expect(await kernelChangesets.check(branchWith({}))).toEqual({
    notApplicable: 'no kernel has changed',
  })
  expect(await kernelChangesets.check(repositoryWith())).toEqual(without)
})
