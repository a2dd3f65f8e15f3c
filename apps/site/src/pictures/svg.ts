import type { Line, Run } from './line.ts'

const SIZE = 14
const COLUMN = 8.4
const LINE = 20
const MARGIN = 18
const HEAD = 34

const BACKGROUND = '#11181f'
const BORDER = '#3d4852'
const TEXT = '#d7dde3'
const DIM = '#8b98a5'

/** The sixteen colours, to be read on the background. */
const COLORS = [
  ...['#5c6773', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#5eead4', '#d7dde3'],
  ...['#8b98a5', '#ffa198', '#a5f0ac', '#f2cc60', '#a5d6ff', '#e2c5ff', '#99f6e4', '#ffffff'],
]

/** A terminal as a picture of text: it has a background of its own, so that it is read on a page of any colour. */
export function svgOf(lines: readonly Line[], columns: number, title: string): string {
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN)
  const height = HEAD + lines.length * LINE + MARGIN
  const font = 'ui-monospace, SFMono-Regular, Menlo, Consolas, &quot;DejaVu Sans Mono&quot;, monospace'
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${font}" font-size="${SIZE}" fill="${TEXT}">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${BACKGROUND}" stroke="${BORDER}"/>`,
    ...[0, 1, 2].map((at) => `<circle cx="${MARGIN + 5 + at * 18}" cy="18" r="5" fill="${BORDER}"/>`),
    ...lines.flatMap((line, at) => line.map((run) => textOf(run, HEAD + at * LINE + SIZE))),
    '</svg>',
  ].join('\n')}\n`
}

/** Its width is said, so that columns meet in whatever font there is. */
function textOf({ column, text, color, isBold, isDim }: Run, y: number): string {
  const x = round(MARGIN + column * COLUMN)
  const fill = isDim ? DIM : color === undefined ? undefined : COLORS[color]
  const look = `${fill === undefined ? '' : ` fill="${fill}"`}${isBold ? ' font-weight="bold"' : ''}`
  return `<text x="${x}" y="${y}" textLength="${round(text.length * COLUMN)}"${look}>${escaped(text)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
