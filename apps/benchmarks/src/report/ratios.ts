import { median, medianOf, type Row, shareOfRaw } from './row.ts'

/** A line for each workload of one backend: Tasq ÷ the best of the others, ÷ the bare loop, and ÷ another workload of its own. */
export function ratiosOf(rows: readonly Row[]): readonly string[] {
  return rows.filter(isTasq).flatMap((row) => {
    const parts = [ratioToBest(row, rows), share(row, rows), ratioToPlain(row, rows)].filter(
      (part) => part !== undefined,
    )
    return parts.length === 0 ? [] : [`- ${nameOf(row)}: ${parts.join('; ')}`]
  })
}

function ratioToBest(row: Row, all: readonly Row[]): string | undefined {
  const best = bestOther(row, all)
  if (best === undefined || row.figures.length === 0) return undefined
  const ratio = medianOf(row) / medianOf(best)
  const hint = row.workload.isMoreBetter ? '' : ', less is better'
  return `ratio to the best other (${best.subject.name}): ${ratio.toFixed(ratio < 10 ? 2 : 1)}${hint}`
}

function bestOther({ workload }: Row, all: readonly Row[]): Row | undefined {
  const sign = workload.isMoreBetter ? 1 : -1
  return all
    .filter((row) => row.workload === workload && row.figures.length > 0)
    .filter((row) => !isTasq(row) && row.subject.isRaw !== true)
    .sort((a, b) => sign * (medianOf(b) - medianOf(a)))[0]
}

function share(row: Row, all: readonly Row[]): string | undefined {
  const value = shareOfRaw(row, all)
  return value === undefined ? undefined : `share of raw: ${Math.round(value * 100)} %`
}

/** Against the workload that it is to be held against: the median of the ratios of each round. */
function ratioToPlain({ workload, subject, figures }: Row, all: readonly Row[]): string | undefined {
  const plain = all.find((other) => other.workload.name === workload.against && other.subject === subject)
  const ratios = figures.flatMap(({ value }, round) => {
    const other = plain?.figures[round]
    return other === undefined ? [] : [value / other.value]
  })
  const middle = median(ratios)
  if (middle === undefined) return undefined
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  return `of ${workload.against} in the same round: ${middle.toFixed(2)} (${range})`
}

/** The workload, with the subject where it is a variant of Tasq. */
function nameOf({ workload, subject }: Row): string {
  return subject.name === 'tasq' ? workload.name : `${workload.name}, ${subject.name}`
}

function isTasq({ subject }: Row): boolean {
  return subject.name.startsWith('tasq')
}
