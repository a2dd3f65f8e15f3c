import truncate from 'cli-truncate'
import stringWidth from 'string-width'
import { oneLine } from './plain-text.ts'
import { paint, type Style, type Terminal } from './terminal.ts'

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  /** @default 'left' */
  readonly align?: 'left' | 'right' | undefined
  /** May be cut where the table is too wide; without any such column, all may. @default false */
  readonly shrinks?: boolean | undefined
  readonly style?: ((row: Row) => Style | undefined) | undefined
}

const GAP = '  '
const NARROWEST = 6

/** The lines of a table, no wider than the terminal. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Terminal,
): readonly string[] {
  const texts = rows.map((row) => columns.map(({ value }) => oneLine(value(row))))
  const wanted = columns.map(({ title }, position) =>
    Math.max(stringWidth(title), ...texts.map((cells) => stringWidth(cells[position] ?? ''))),
  )
  const widths = fit(wanted, columns, terminal.columns)
  const line = (cells: readonly string[], styleOf: (position: number) => Style | undefined) =>
    cells
      .map((text, position) => {
        const { align } = columns[position] ?? {}
        const cell = pad(truncate(text, widths[position] ?? 0), widths[position] ?? 0, align)
        const style = styleOf(position)
        return style === undefined ? cell : paint(terminal, style, cell)
      })
      .join(GAP)
      .trimEnd()
  return [
    line(
      columns.map(({ title }) => title),
      () => 'bold',
    ),
    ...rows.map((row, index) => line(texts[index] ?? [], (position) => columns[position]?.style?.(row))),
  ]
}

/** Takes from the widest column that may shrink until all fit. */
function fit<Row>(
  wanted: readonly number[],
  columns: readonly Column<Row>[],
  width: number | undefined,
): readonly number[] {
  const widths = [...wanted]
  if (width === undefined) return widths
  const mayShrink = columns.some(({ shrinks }) => shrinks)
    ? columns.flatMap(({ shrinks }, position) => (shrinks ? [position] : []))
    : columns.map((_, position) => position)
  let excess = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width
  while (excess > 0) {
    const widest = mayShrink.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a))
    if ((widths[widest] ?? 0) <= NARROWEST) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}
