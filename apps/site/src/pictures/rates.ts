import { textOf } from '../repository.ts'

export const ratesFile = 'docs/pictures/rates.svg'

const WORKLOAD = 'drain at 100'
const BACKENDS = ['Redis', 'PostgreSQL', 'MySQL, MariaDB', 'SQLite']
/** Those of which others are shown: Tasq, and the best of so many other queues. */
const OTHERS = 2

const WIDTH = 760
const LABELS = 150
const FIGURES = 80
const BAR = 18
const STEP = 24
const HEAD = 76
const TITLE = 30

interface Bar {
  readonly name: string
  readonly value: number
}

/** The rates at which tasks are worked off, as docs/benchmarks.md has them. It has a background of its own, for pages of any colour. */
export function ratesPicture(): string {
  const groups = BACKENDS.map((backend) => ({ backend, bars: barsOf(backend) }))
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  let y = HEAD
  const drawn: string[] = []
  for (const { backend, bars } of groups) {
    drawn.push(text(24, y + 14, backend, 'font-weight="bold"'))
    y += TITLE
    for (const bar of bars) {
      drawn.push(...barAt(y, bar, most))
      y += STEP
    }
    y += 8
  }
  const height = y + 12
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2328">`,
    '<title>Tasks a second that one worker process works off: Tasq and other queues, by backend</title>',
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    text(24, 34, 'Tasks a second, worked off by one worker process', 'font-size="16" font-weight="bold"'),
    text(
      24,
      54,
      `${WORKLOAD}, handlers that do nothing; of other queues the best of their settings`,
      'fill="#59636e"',
    ),
    ...drawn,
    '</svg>',
  ].join('\n')}\n`
}

function barAt(y: number, { name, value }: Bar, most: number): readonly string[] {
  const width = Math.max(2, Math.round(((WIDTH - LABELS - FIGURES) * value) / most))
  const isTasq = name === 'tasq'
  return [
    text(LABELS - 8, y + 14, name, `text-anchor="end"${isTasq ? ' font-weight="bold"' : ''}`),
    `<rect x="${LABELS}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${isTasq ? '#0f766e' : '#9aa5b1'}"/>`,
    text(LABELS + width + 6, y + 14, value.toLocaleString('en-US'), ''),
  ]
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${content}</text>`
}

/** Tasq with its defaults first, then the others, each with what does best. */
function barsOf(backend: string): readonly Bar[] {
  const best = new Map<string, number>()
  for (const { name, value } of rowsOf(backend)) {
    const [queue = name] = name.split(' ')
    if (queue === 'tasq' ? name === queue : queue !== 'raw')
      best.set(queue, Math.max(value, best.get(queue) ?? 0))
  }
  const bars = [...best].map(([name, value]) => ({ name, value }))
  const others = bars.filter(({ name }) => name !== 'tasq').sort((a, b) => b.value - a.value)
  return [...bars.filter(({ name }) => name === 'tasq'), ...others.slice(0, OTHERS)]
}

function rowsOf(backend: string): readonly Bar[] {
  const start = `### ${backend}\n\n`
  const [, section] = textOf('docs/benchmarks.md').split(start)
  const [table = ''] = (section ?? '').split('\n\n')
  const [head = [], , ...rows] = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  const at = head.indexOf(WORKLOAD)
  if (at === -1) throw new Error(`docs/benchmarks.md has no '${WORKLOAD}' of ${backend}`)
  return rows.map((cells) => ({
    name: cells[1] ?? '',
    value: Number((cells[at] ?? '').replaceAll(',', '')),
  }))
}
