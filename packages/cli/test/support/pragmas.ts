import { DatabaseSync } from 'node:sqlite'
import { vi } from 'vitest'

/** What SQLite itself says of `synchronous` on each connection that is made meanwhile: 1 is normal, 2 is full. */
export async function synchronousLevels(act: () => Promise<unknown>): Promise<readonly unknown[]> {
  const levels: unknown[] = []
  const { exec } = DatabaseSync.prototype
  const spy = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
    exec.call(this, sql)
    if (sql.startsWith('PRAGMA synchronous'))
      levels.push(this.prepare('PRAGMA synchronous').get()?.synchronous)
  })
  try {
    await act()
  } finally {
    spy.mockRestore()
  }
  return levels
}
