import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders that are not the user's own work. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/**
 * Every file below a folder, in order. Links to files count as files, also where they lead nowhere; links to
 * folders are not followed.
 * @param unreadable gets the folders that can't be looked into, and why.
 */
export async function* walk(folder: string, unreadable: string[]): AsyncIterable<string> {
  for (const entry of await entriesOf(folder, unreadable)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) yield* walk(path, unreadable)
    } else if (entry.isFile() || (entry.isSymbolicLink() && (await mayBeFile(path)))) {
      yield path
    }
  }
}

async function entriesOf(folder: string, unreadable: string[]): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    unreadable.push(error instanceof Error ? error.message : String(error))
    return []
  }
}

async function mayBeFile(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isFile()
  } catch {
    return true // it leads nowhere; its task will say so
  }
}
