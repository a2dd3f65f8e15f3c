import { mkdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFromSettings } from '@tasq/cli'
import { Presets, SingleBar } from 'cli-progress'
import { paint } from './paint.ts'
import { copyPicture, importPicture } from './tasks.ts'

const folder = resolve(process.argv[2] ?? 'pictures')
const count = Number(process.argv[3] ?? 3)
const [originals, copies] = [join(folder, 'originals'), join(folder, 'copies')]
for (const each of [originals, copies]) mkdirSync(each, { recursive: true })

await using tasq = await appFromSettings({
  tasks: [importPicture, copyPicture],
  needs: ['results', 'coordination'],
})
const paths = await paint(originals, count)
console.log(`${paths.length} pictures in ${originals}`)

const imports = await tasq.enqueueMany(
  importPicture,
  paths.map((path) => ({ path, folder: copies })),
)
const imported = await Promise.all(imports.map((handle) => handle.result()))
const tasks = imported.flatMap(({ copies: ids }) => ids).map((id) => tasq.handle(copyPicture, id))

const bar = new SingleBar(
  { format: '{bar} {percentage} % of {tasks} copies', noTTYOutput: true, notTTYSchedule: 500 },
  Presets.shades_classic,
)
bar.start(tasks.length * 100, 0, { tasks: tasks.length })
const done = new Set<string>()
const results = Promise.all(tasks.map((task) => task.result().finally(() => done.add(task.id))))
for (;;) {
  const written = await Promise.race([results, sleep(250)])
  const percents = await Promise.all(tasks.map(percentOf))
  bar.update(percents.reduce((sum, percent) => sum + percent))
  if (written === undefined) continue
  bar.stop()
  for (const { path, bytes, pid } of written.flat()) {
    console.log(`${basename(path)}: ${bytes} bytes, by process ${pid}`)
  }
  break
}

/** What its worker has told, up to a second ago. */
async function percentOf(task: (typeof tasks)[number]): Promise<number> {
  return done.has(task.id) ? 100 : ((await task.progress())?.percent ?? 0)
}
