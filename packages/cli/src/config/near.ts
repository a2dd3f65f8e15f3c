import leven from 'leven'

/** The names that were probably meant, the nearest first. */
export function near(name: string, names: readonly string[]): readonly string[] {
  return names
    .map((known) => ({ known, far: leven(name, known) }))
    .filter(({ far }) => far <= Math.max(name.length < SHORT ? 1 : 2, Math.min(3, name.length / 4)))
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST)
    .map(({ known }) => known)
}

const MOST = 3
/** From here on, two letters may have changed places. */
const SHORT = 4

/** The name that was probably meant. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return near(name, names)[0]
}
