import sharp from 'sharp'
import { copyPicture, importPicture as definition } from './tasks.ts'

const WIDTHS = [800, 400, 200]

export const importPicture = definition.handle(async (original, context) => {
  const { width } = await sharp(original.path).metadata()
  const copies: string[] = []
  for (const narrower of WIDTHS.filter((wanted) => wanted < width)) {
    // Held until this task completes, and stored in the same step: a rerun leaves no second set of copies.
    const { id } = await context.enqueue(copyPicture, { ...original, width: narrower })
    copies.push(id)
  }
  return { copies }
})
