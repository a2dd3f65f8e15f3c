import type { IBufferCell, Terminal } from '@xterm/headless'

/** Characters of a line that look alike. */
export interface Run {
  /** Where it begins, from 0. */
  readonly column: number
  readonly text: string
  /** Of the sixteen colours of a terminal; absent for its usual one. */
  readonly color: number | undefined
  readonly isBold: boolean
  readonly isDim: boolean
}

/** What a terminal shows in one line; nothing stands for blanks. */
export type Line = readonly Run[]

/** All that was written to a terminal and is in its memory, without empty lines at its end. */
export function linesOf({ buffer, cols }: Terminal): readonly Line[] {
  const lines: Line[] = []
  for (let row = 0; row < buffer.active.length; row++) {
    const line = buffer.active.getLine(row)
    const cells = Array.from({ length: cols }, (_, column) => line?.getCell(column))
    lines.push(runsOf(cells))
  }
  return lines.slice(0, lines.findLastIndex(({ length }) => length > 0) + 1)
}

function runsOf(cells: readonly (IBufferCell | undefined)[]): Line {
  const runs: Run[] = []
  for (const [column, cell] of cells.entries()) {
    const text = cell?.getChars() ?? ''
    if (cell === undefined || text.trim() === '') continue
    const run = { column, text, color: colorOf(cell), isBold: cell.isBold() > 0, isDim: cell.isDim() > 0 }
    const last = runs.at(-1)
    if (last !== undefined && goesOn(last, run)) runs[runs.length - 1] = joined(last, run)
    else runs.push(run)
  }
  return runs
}

/** Single blanks are within a run; more of them stand between columns of a table. */
function goesOn(last: Run, next: Run): boolean {
  const isAlike = last.color === next.color && last.isBold === next.isBold && last.isDim === next.isDim
  return isAlike && next.column - (last.column + last.text.length) <= 1
}

function joined(last: Run, next: Run): Run {
  return { ...last, text: last.text.padEnd(next.column - last.column) + next.text }
}

function colorOf(cell: IBufferCell): number | undefined {
  return cell.isFgPalette() ? cell.getFgColor() : undefined
}
