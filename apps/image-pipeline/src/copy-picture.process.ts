import { basename, extname, join } from 'node:path'
import type { TaskContext } from '@tasq/core'
import sharp from 'sharp'
import type { Copy, CopyRequest } from './tasks.ts'

const FORMATS = ['jpeg', 'webp', 'avif'] as const

sharp.concurrency(1) // the pool has as many processes as there are cores

/** The handler of `picture.copy`, for a process of the pool. A rerun writes the same files again. */
export default async function copyPicture(
  { path, folder, width }: CopyRequest,
  { progress }: TaskContext,
): Promise<readonly Copy[]> {
  const resized = sharp(path).resize({ width })
  const copies: Copy[] = []
  for (const format of FORMATS) {
    const target = join(folder, `${basename(path, extname(path))}-${width}.${format}`)
    const { size } = await resized.clone().toFormat(format).toFile(target)
    copies.push({ path: target, bytes: size, pid: process.pid })
    progress({ percent: (copies.length * 100) / FORMATS.length, format })
  }
  return copies
}
