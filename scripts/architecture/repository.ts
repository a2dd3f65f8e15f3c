import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import ts from 'typescript'
import { readWorkspace, type WorkspacePackage } from '../workspace.ts'
import { type Role, roles } from './conventions.ts'

/** A package and what it is; apps and the scripts have no role. */
export interface RepositoryPackage extends WorkspacePackage {
  readonly role: Role | undefined
}

/** The files of a repository, each read and parsed once. Paths start at its root, with `/`. */
export class Repository {
  readonly root: string
  readonly packages: readonly RepositoryPackage[]
  readonly files: readonly string[]
  readonly #texts = new Map<string, string>()
  readonly #sources = new Map<string, ts.SourceFile>()

  constructor(root: string) {
    this.root = root
    this.packages = readWorkspace(root).map((found) => ({ ...found, role: roleOf(found.folder) }))
    this.files = filesUnder(root)
      .map((file) => relative(root, file).replaceAll(sep, '/'))
      .sort()
  }

  has(file: string): boolean {
    return this.files.includes(file)
  }

  /** The packages that have one of these roles. */
  withRole(...wanted: readonly Role[]): readonly RepositoryPackage[] {
    return this.packages.filter(({ role }) => role !== undefined && wanted.includes(role))
  }

  /** The TypeScript of some folders, such as `packages/core/src`. */
  typescript(...folders: readonly string[]): readonly string[] {
    return this.files.filter(
      (file) => /\.m?ts$/.test(file) && folders.some((folder) => file.startsWith(`${folder}/`)),
    )
  }

  text(file: string): string {
    let text = this.#texts.get(file)
    if (text === undefined) {
      text = readFileSync(join(this.root, file), 'utf8')
      this.#texts.set(file, text)
    }
    return text
  }

  source(file: string): ts.SourceFile {
    let source = this.#sources.get(file)
    if (source === undefined) {
      source = ts.createSourceFile(file, this.text(file), ts.ScriptTarget.Latest, true)
      this.#sources.set(file, source)
    }
    return source
  }
}

/** The sources behind the exports of a package: its public doors. */
export function doorsOf({ folder, manifest }: WorkspacePackage): readonly string[] {
  return Object.values(manifest.exports ?? {}).flatMap((target) => {
    const source = typeof target === 'object' && target !== null ? sourceOf(target) : target
    return typeof source === 'string' && source.endsWith('.ts') ? [posix.join(folder, source)] : []
  })
}

function sourceOf(target: object): unknown {
  return '@tasq/source' in target ? target['@tasq/source'] : undefined
}

function roleOf(folder: string): Role | undefined {
  const [parent, name = ''] = folder.split('/')
  return parent === 'packages' ? roles[name] : undefined
}

/** What is made and not written: it is in no commit. */
const made = new Set(['node_modules', 'dist', '.git', '.turbo', '.reports', '.examples'])

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (made.has(entry.name)) return []
    if (entry.isDirectory()) return filesUnder(path)
    return entry.isFile() ? [path] : []
  })
}
