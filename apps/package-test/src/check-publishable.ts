// Looks at every tarball as a registry and as TypeScript would: publint, attw, and its contents.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { problemsOfContents } from './contents.ts'
import { type PublicPackage, publicPackages, readManifest, root } from './public-packages.ts'

let failed = false
const checked = publicPackages.map(async (publicPackage) => ({
  ...publicPackage,
  problems: await problemsOf(publicPackage),
}))
for (const { name, problems } of await Promise.all(checked)) {
  console.log(`${name}: ${problems.length === 0 ? 'publishable' : 'NOT publishable'}`)
  for (const problem of problems) console.error(problem)
  failed ||= problems.length > 0
}
const tested = Object.keys(readManifest(join(root, 'apps/package-test')).devDependencies ?? {})
for (const { name } of publicPackages.filter((publicPackage) => !tested.includes(publicPackage.name))) {
  console.error(`${name} is not tested here: add it to devDependencies in apps/package-test/package.json.`)
  failed = true
}
process.exitCode = failed ? 1 : 0

async function problemsOf({ tarball }: PublicPackage): Promise<readonly string[]> {
  const answers = await Promise.all([
    complaint('publint', ['run', tarball, '--strict']),
    complaint('attw', [tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii']),
  ])
  return [...answers.filter((answer) => answer !== undefined), ...(await contentProblems(tarball))]
}

/** What a checker says where it fails. */
async function complaint(program: string, args: readonly string[]): Promise<string | undefined> {
  const run = await promisify(execFile)('pnpm', ['exec', program, ...args], { cwd: root }).catch(
    (error: { stdout?: string; stderr?: string }) => ({ failed: true, ...error }),
  )
  return 'failed' in run ? `${program}: ${run.stdout ?? ''}${run.stderr ?? ''}` : undefined
}

async function contentProblems(tarball: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tasq-contents-'))
  try {
    await promisify(execFile)('tar', ['-xzf', tarball, '-C', folder])
    return problemsOfContents(join(folder, 'package'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
