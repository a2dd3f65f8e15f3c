/** Some of everything that a payload may hold. */
export const values = {
  date: new Date(1_234_567_890_123),
  map: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: 'object' }, new Set([1n, 2n ** 100n])],
  ]),
  bytes: new Uint8Array([0, 1, 255]),
  floats: new Float64Array([Math.PI, -0.5]),
  numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 60, -1.5],
  nothing: undefined,
  nested: [
    { shape: 1, text: 'ä€😀' },
    { shape: 2, other: null },
    { shape: 1, text: 'again' },
  ],
}
