import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { reasonOf } from '@tasq/core'
import { UsageError } from '../errors.ts'
import { configText, envText, manifestText, type ProjectShape, taskText } from './templates.ts'

/** What a new project shall be. */
export interface ProjectOptions {
  readonly driver: string
  readonly language: 'typescript' | 'javascript'
  /** Replaces what `tasq init` writes, but for package.json. */
  readonly force: boolean
}

/** What became of the files of a project; paths from its folder. */
export interface ProjectReport {
  readonly written: readonly string[]
  /** Were there, and were left alone. */
  readonly kept: readonly string[]
}

/**
 * Makes the files of a project in a folder, and the folder where there is none.
 * @throws UsageError where it can't be one, or where its package.json can't be read.
 */
export async function makeProject(folder: string, options: ProjectOptions): Promise<ProjectReport> {
  await makeFolder(folder)
  const shape = { ...options, name: packageName(folder), ending: await endingIn(folder, options.language) }
  const written: string[] = []
  const kept: string[] = []
  for (const { path, text, mayReplace, other } of await filesOf(folder, shape)) {
    const isWritten =
      other === undefined && (await put(join(folder, path), text, options.force && mayReplace))
    if (isWritten) written.push(path)
    else kept.push(other ?? path)
  }
  return { written, kept }
}

interface ProjectFile {
  readonly path: string
  readonly text: string
  readonly mayReplace: boolean
  /** Stands for it already. */
  readonly other?: string | undefined
}

async function filesOf(folder: string, shape: ProjectShape): Promise<readonly ProjectFile[]> {
  const config = `tasq.config.${shape.ending}`
  const configs = (await readdir(folder)).filter((name) => /^tasq\.config\.([cm]?js|m?ts|json)$/.test(name))
  return [
    { path: 'package.json', text: manifestText(shape), mayReplace: false },
    {
      path: config,
      text: configText(shape),
      mayReplace: true,
      // Of two, one would have no effect.
      other: configs.find((name) => name !== config),
    },
    { path: '.env.example', text: envText(shape), mayReplace: true },
    { path: `tasks/hello.${shape.ending}`, text: taskText(shape), mayReplace: true },
  ]
}

async function makeFolder(folder: string): Promise<void> {
  const isOther = await stat(folder).then(
    (found) => !found.isDirectory(),
    () => false,
  )
  if (isOther) throw new UsageError(`${folder} is no folder.`, 'Name another one.')
  await guarded(folder, () => mkdir(folder, { recursive: true }))
}

/** Where package.json is there and does not say that files are ES modules, their names do. */
async function endingIn(folder: string, language: ProjectOptions['language']): Promise<string> {
  const plain = language === 'typescript' ? 'ts' : 'js'
  const file = join(folder, 'package.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return plain
  try {
    const manifest: unknown = JSON.parse(text)
    const isModule =
      typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'type') === 'module'
    return isModule ? plain : `m${plain}`
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${reasonOf(error)}.`, 'Correct it.', error)
  }
}

/** Whether it was written. */
async function put(file: string, text: string, force: boolean): Promise<boolean> {
  return await guarded(file, async () => {
    await mkdir(dirname(file), { recursive: true })
    try {
      await writeFile(file, text, { flag: force ? 'w' : 'wx' })
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  })
}

async function guarded<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    throw new UsageError(
      `${path} can't be written: ${reasonOf(error)}.`,
      'Correct its rights, or name another folder.',
      error,
    )
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** What npm takes as a name. */
function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return name === '' ? 'tasks' : name
}
