import { printable } from './plain-text.ts'
import { paint, type Terminal } from './terminal.ts'

/** A name and its value; without a value it is left out. */
export type Detail = readonly [name: string, value: string | undefined]

/** Lines of names and values, the values in one column. Lines of a value stay lines. */
export function details(rows: readonly Detail[], terminal: Terminal): readonly string[] {
  const shown = rows.filter(([, value]) => value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length)) + 2
  return shown.flatMap(([name, value = '']) => {
    const [first = '', ...more] = printable(value).split('\n')
    return [
      `${paint(terminal, 'bold', name.padEnd(width))}${first}`,
      ...more.map((line) => `${' '.repeat(width)}${line}`),
    ]
  })
}
