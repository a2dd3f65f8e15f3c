import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Place {
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Where there are files in memory. @default that of Linux */
  readonly memory?: string
  /** More than all that the tests write at a time. */
  readonly enoughBytes?: number
}

/**
 * A folder for all that the tests write, which is removed when this process ends. In memory, where there is enough of it: servers and
 * tests write gigabytes, and a slow disk would keep them waiting. `TMPDIR` says another place.
 */
export function temporaryFolder(place: Place = {}): string {
  const { environment = process.env, memory = '/dev/shm', enoughBytes = 6 * 2 ** 30 } = place
  const isInMemory = environment.TMPDIR === undefined && isRoomy(memory, enoughBytes)
  const folder = mkdtempSync(join(isInMemory ? memory : tmpdir(), 'tasq-tests-'))
  chmodSync(folder, 0o755) // some servers run as users of their own
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function isRoomy(folder: string, enoughBytes: number): boolean {
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= enoughBytes && !forbidsPrograms(folder)
  } catch {
    return false // there is none
  }
}

/** Containers may mount it so; some tests start programs that they have copied. */
function forbidsPrograms(folder: string): boolean {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
  const options = mounts.map((line) => line.split(' ')).findLast(([, at]) => at === folder)?.[3] ?? ''
  return options.split(',').includes('noexec')
}
