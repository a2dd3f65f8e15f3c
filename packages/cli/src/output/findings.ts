import type { Finding, FindingStatus } from '@tasq/core'
import stringWidth from 'string-width'
import { oneLine } from './plain-text.ts'
import { paint, type Style, type Terminal } from './terminal.ts'

/** From the worst to the best. */
const STATUSES: readonly FindingStatus[] = ['error', 'warning', 'note', 'ok']
const STYLES: Readonly<Record<FindingStatus, Style>> = {
  error: 'red',
  warning: 'yellow',
  note: 'cyan',
  ok: 'green',
}
const GAP = '  '
/** Narrower texts are not read any more. */
const NARROWEST = 20

/** The worst of all. */
export function worstOf(findings: readonly Finding[]): FindingStatus {
  return STATUSES.find((status) => findings.some((finding) => finding.status === status)) ?? 'ok'
}

/** Findings for people: of one backend after the other, the worst first, each with what to do. */
export function linesOfFindings(findings: readonly Finding[], terminal: Terminal): readonly string[] {
  const lines: string[] = []
  const widest = Math.max(0, ...findings.map(({ check }) => stringWidth(check)))
  for (const subject of new Set(findings.map((finding) => finding.subject))) {
    lines.push(paint(terminal, 'bold', oneLine(subject)))
    const own = findings.filter((finding) => finding.subject === subject)
    for (const status of STATUSES) {
      for (const finding of own.filter((each) => each.status === status)) {
        lines.push(...linesOf(finding, widest, terminal))
      }
    }
    lines.push('')
  }
  return [...lines, summaryOf(findings)]
}

function linesOf({ check, status, message, nextStep }: Finding, width: number, terminal: Terminal) {
  const head = `${GAP}${paint(terminal, STYLES[status], status.padEnd('warning'.length))}${GAP}${check.padEnd(width)}${GAP}`
  const indent = ' '.repeat(stringWidth(`${GAP}warning${GAP}`) + width + GAP.length)
  const room = Math.max(NARROWEST, (terminal.columns ?? Number.POSITIVE_INFINITY) - indent.length)
  const [first = '', ...others] = [
    ...wrapped(oneLine(message), room),
    ...(nextStep === undefined || status === 'ok' ? [] : wrapped(`→ ${oneLine(nextStep)}`, room)),
  ]
  return [head + first, ...others.map((line) => indent + line)]
}

function summaryOf(findings: readonly Finding[]): string {
  const parts = STATUSES.map((status) => {
    const count = findings.filter((finding) => finding.status === status).length
    return count === 0 ? undefined : `${count} ${status === 'ok' || count === 1 ? status : `${status}s`}`
  })
  return parts.filter((part) => part !== undefined).join(', ')
}

/** Whole words, in lines that are no wider than this, as far as words allow. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && stringWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
