import { Presets, SingleBar } from 'cli-progress'

/** How far the work is: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  show(done: number, failed: number): void
  end(): void
}

const SILENCE_MS = 1_000

export function progress(total: number, stream: NodeJS.WriteStream = process.stdout): Progress {
  return stream.isTTY ? bar(total, stream) : lines(total, stream)
}

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar(
    {
      stream,
      format: '  {bar} {percentage} %  {value} of {total} files, {failed} failed, {eta_formatted} left',
      formatTime: timeLeft,
      hideCursor: true,
    },
    Presets.shades_classic,
  )
  single.start(total, 0, { failed: 0 })
  return {
    show: (done, failed) => single.update(done, { failed }),
    end: () => single.stop(),
  }
}

/** Before the first file is done, nobody knows. */
function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  const minutes = Math.floor(seconds / 60)
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

function lines(total: number, stream: NodeJS.WriteStream): Progress {
  let saidAt = Number.NEGATIVE_INFINITY
  let said = -1
  const say = (done: number, failed: number) => {
    if (done === said) return
    said = done
    saidAt = performance.now()
    stream.write(`  ${done} of ${total} files, ${failed} failed\n`)
  }
  let last: [number, number] = [0, 0]
  return {
    show: (done, failed) => {
      last = [done, failed]
      if (performance.now() - saidAt >= SILENCE_MS) say(done, failed)
    },
    end: () => say(...last),
  }
}
