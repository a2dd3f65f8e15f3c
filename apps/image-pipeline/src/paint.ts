import { join } from 'node:path'
import sharp from 'sharp'

const WIDTH = 1_200
const HEIGHT = 750

/** Paints pictures: suns over hills, of all colours. */
export async function paint(folder: string, count: number): Promise<readonly string[]> {
  const numbers = Array.from({ length: count }, (_, index) => index)
  return await Promise.all(
    numbers.map(async (number) => {
      const path = join(folder, `sun-${number + 1}.png`)
      await sharp(Buffer.from(landscape((number * 360) / count)))
        .png()
        .toFile(path)
      return path
    }),
  )
}

function landscape(hue: number): string {
  const hills = [0.5, 0.65, 0.8].map((level, index) => {
    const [y, height] = [HEIGHT * level, HEIGHT * 0.15]
    const curve = `M0 ${y} Q${WIDTH / 4} ${y - height} ${WIDTH / 2} ${y} T${WIDTH} ${y} V${HEIGHT} H0 Z`
    return `<path d="${curve}" fill="hsl(${hue + 120}, 40%, ${45 - index * 12}%)"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <radialGradient id="sky"><stop stop-color="hsl(${hue}, 90%, 85%)"/><stop offset="1" stop-color="hsl(${hue}, 60%, 40%)"/></radialGradient>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="${WIDTH / 2}" cy="${HEIGHT / 3}" r="90" fill="hsl(${hue + 40}, 100%, 70%)"/>
    ${hills.join('')}
  </svg>`
}
