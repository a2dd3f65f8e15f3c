import { groupOf as groupOfBackend } from '../subjects/backend.ts'
import { medianOf, type Row } from './row.ts'

const WIDTH = 860
const BAR_HEIGHT = 18
const LABEL_WIDTH = 250
const FIGURE_WIDTH = 110
const TITLE_HEIGHT = 34

/** Bars of the medians, a group for each workload and backend; figures of different groups can't be compared by their lengths. */
export function chartOf(rows: readonly Row[]): string {
  const groups = Map.groupBy(
    rows.filter(({ figures }) => figures.length > 0),
    ({ workload, subject }) => `${groupOfBackend(subject.backend)}: ${workload.title} (${workload.unit})`,
  )
  let y = 0
  const drawn = [...groups].map(([title, members]) => {
    const at = y
    y += TITLE_HEIGHT + members.length * (BAR_HEIGHT + 4)
    return groupOf(title, members, at)
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" font-family="sans-serif" font-size="12">`,
    '<title>Medians of Tasq, other queues and bare loops</title>',
    `<rect width="${WIDTH}" height="${y + 10}" fill="#ffffff"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function groupOf(title: string, members: readonly Row[], top: number): string {
  const most = Math.max(...members.map(medianOf))
  const bars = members.map((row, index) => barOf(row, top + TITLE_HEIGHT + index * (BAR_HEIGHT + 4), most))
  return [
    `<text x="8" y="${top + 24}" font-weight="bold" fill="#1f2328">${escaped(title)}</text>`,
    ...bars,
  ].join('\n')
}

function barOf(row: Row, y: number, most: number): string {
  const value = medianOf(row)
  const width = Math.max(1, ((WIDTH - LABEL_WIDTH - FIGURE_WIDTH) * value) / most)
  const fill =
    row.subject.isRaw === true ? '#c9ced6' : row.subject.name.startsWith('tasq') ? '#2f6feb' : '#8a94a3'
  const figure = value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${y + 13}" text-anchor="end" fill="#1f2328">${escaped(row.subject.name)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" fill="${fill}"/>`,
    `<text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${y + 13}" fill="#1f2328">${figure}</text>`,
  ].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
