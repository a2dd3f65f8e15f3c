// Looks at every tarball as a registry and as TypeScript would: publint, attw, and its contents.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { problemsOfContents } from './contents.ts'
import { type PackedPackage, packInto } from './pack-into.ts'
import { publicPackages, readManifest, root } from './public-packages.ts'

const folder = await mkdtemp(join(tmpdir(), 'tasq-publishable-'))
try {
  const problems = [...(await problemsOfTarballs()), ...untested()]
  for (const problem of problems) console.error(problem)
  console.log(`${publicPackages.length} packages, ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function problemsOfTarballs(): Promise<readonly string[]> {
  const packed = await packInto(folder)
  return (await Promise.all(packed.map(problemsOf))).flat()
}

function untested(): readonly string[] {
  const tested = Object.keys(readManifest(join(root, 'apps/package-test')).devDependencies ?? {})
  return publicPackages
    .filter(({ name }) => !tested.includes(name))
    .map(
      ({ name }) =>
        `${name} is not tested here: add it to devDependencies in apps/package-test/package.json.`,
    )
}

async function problemsOf({ name, tarball }: PackedPackage): Promise<readonly string[]> {
  const answers = await Promise.all([
    complaint('publint', ['run', tarball, '--strict']),
    complaint('attw', [tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii']),
  ])
  const contents = (await contentProblems(tarball)).map((problem) => `${name}: ${problem}`)
  return [...answers.filter((answer) => answer !== undefined), ...contents]
}

/** What a checker says where it fails. */
async function complaint(program: string, args: readonly string[]): Promise<string | undefined> {
  const run = await promisify(execFile)('pnpm', ['exec', program, ...args], { cwd: root }).catch(
    (error: { stdout?: string; stderr?: string }) => ({ failed: true, ...error }),
  )
  return 'failed' in run ? `${program}: ${run.stdout ?? ''}${run.stderr ?? ''}` : undefined
}

async function contentProblems(tarball: string): Promise<readonly string[]> {
  const unpacked = await mkdtemp(join(folder, 'unpacked-'))
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', unpacked])
  return problemsOfContents(join(unpacked, 'package'))
}
