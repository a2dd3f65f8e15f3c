// Draws docs/pictures: rates of the benchmarks, and what the command line shows of a shop with three queues, on servers of Redis that are
// started for it. By hand, on Linux: `pnpm pictures`, after `pnpm build`.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedis } from '@tasq/test-support/servers'
import { root } from '../repository.ts'
import { fillShop } from './fill.ts'
import { ratesFile, ratesPicture } from './rates.ts'
import { type Recording, record } from './recording.ts'
import { svgOf } from './svg.ts'

const folder = join(import.meta.dirname, 'shop')
const pictures = join(root, 'docs', 'pictures')
/** The same for all, so that their letters are of one size. */
const COLUMNS = 104
const program = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  `--import=${join(folder, 'host-name.mjs')}`,
  join(root, 'packages/cli/dist/bin.js'),
]

/** What is typed, and with which program it is run. */
const shell = `tasq() { ${program.join(' ')} "$@"; }; run() { printf '\\033[2m$\\033[0m \\033[1mnpx tasq %s\\033[0m\\n' "$*"; tasq "$@"; }`

interface Scene {
  readonly name: string
  readonly title: string
  /** The arguments of `tasq`. */
  readonly commands: readonly string[]
  /** @default 60 */
  readonly rows?: number
  /** Until what is to be drawn is there. @default its end */
  readonly play?: (recording: Recording) => Promise<void>
}

async function draw(url: string, scene: Scene): Promise<void> {
  const { name, title, commands, rows, play } = scene
  const line = commands.map((command) => `run ${command}`).join('; echo; ')
  const recording = start(url, line, rows)
  await (play === undefined ? recording.ended() : play(recording))
  writeFileSync(join(pictures, `${name}.svg`), svgOf(recording.lines(), COLUMNS, title))
  console.log(`docs/pictures/${name}.svg\n${recording.text()}\n`)
  if (play === undefined) return
  recording.type('q')
  await recording.ended()
}

function start(url: string, line: string, rows = 60): Recording {
  const environment = { TASQ_DRIVER: 'redis', TASQ_REDIS_URL: url }
  return record(`${shell}; ${line}`, { folder, environment, columns: COLUMNS, rows })
}

mkdirSync(pictures, { recursive: true })
writeFileSync(join(root, ratesFile), ratesPicture())
const shop = await startRedis()
const careless = await startRedis({ args: ['--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'] })

await fillShop(shop.url, { mails: 3, lostMails: 2, reports: 1 })
await draw(shop.url, {
  name: 'tasq-worker',
  title: 'tasq worker runs tasks, tells what fails, and stops by Ctrl-C',
  commands: ['worker --queues mail,reports --worker-id w1'],
  play: async (worker) => {
    await worker.shows(/is dead[\s\S]*is dead/)
    worker.type('\u0003')
    await worker.ended()
  },
})

await fillShop(shop.url, { images: 3_000, mails: 40, lostMails: 5, reports: 8, laterReports: 3 })
const workers = ['1', '2'].map((id) =>
  start(shop.url, `tasq worker --queues images,reports --queue-policy round-robin --worker-id images-${id}`),
)
const mails = start(shop.url, 'tasq worker --queues mail --concurrency 2 --max-tasks 30')
await mails.ended()
await start(shop.url, 'tasq queues pause mail; tasq queues limit mail --rate 100/1m').ended()
await draw(shop.url, {
  name: 'tasq-top',
  title: 'tasq top shows live what queues and workers do, and what failed last',
  commands: ['top'],
  rows: 26,
  play: (top) => top.shows(/(image\.resize +images +failed.*){4}/s),
})
await draw(shop.url, {
  name: 'tasq-queues',
  title: 'tasq queues shows what is in each queue, and what holds for it',
  commands: ['queues', 'queues purge reports --dry-run'],
})
await draw(shop.url, {
  name: 'tasq-dlq',
  title: 'tasq dlq shows what was given up, by its errors, and sends it back',
  commands: ['dlq errors', 'dlq retry mail --task mail.send --rate 10/1s --yes'],
})
for (const worker of workers) worker.type('\u0003')
await Promise.all(workers.map((worker) => worker.ended()))

await draw(careless.url, {
  name: 'tasq-doctor',
  title: 'tasq doctor says what is not as it should be, and what to do',
  commands: ['doctor'],
})
await Promise.all([shop.server.dispose(), careless.server.dispose()])
