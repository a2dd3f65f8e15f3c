export interface Point {
  readonly x: number
  readonly y: number
}

/** The slope of the straight line that is nearest to all points, by least squares; NaN where there is none. */
export function slopeOf(points: readonly Point[]): number {
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  const sum = (term: (point: Point) => number) => points.reduce((total, point) => total + term(point), 0)
  return sum(({ x, y }) => (x - meanX) * (y - meanY)) / sum(({ x }) => (x - meanX) ** 2)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
