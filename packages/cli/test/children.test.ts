import { gone, isAlive, type Program, startNode, write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { BIN } from './support/processes.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

// A worker in a process of its own, on SQLite, whose tasks run in further processes.

/** As at a terminal: it leads a process group, to which its children belong. */
function worker(folder: string): Program {
  const argv = [BIN, 'worker', '--tasks', 'cpu.mjs', '--execution', 'process', '--max-tasks', '1']
  return startNode(argv, { cwd: folder, detached: true })
}

async function childOf(program: Program): Promise<number> {
  const line = await program.out.line(/^in \d+$/)
  return Number(line.slice(3))
}

test('a signal to the whole process group does not end a task in a process: its worker waits for it', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  await store.add('linger')
  const program = worker(folder)
  const child = await childOf(program)
  process.kill(-(program.process.pid ?? Number.NaN), 'SIGINT')
  expect(await program.err.line(/stopping/)).toContain('1 still running')
  expect(isAlive(child)).toBe(true)
  write(folder, 'told-to-end', '')
  expect(await program.ended, program.err.text()).toBe(0)
  expect(program.out.lines().at(-1)).toBe('ended')
  expect(program.err.text()).toContain('stopped: 1 done')
  await gone(child)
})

test('a worker that is killed takes its processes along, and another one does its task', async () => {
  const folder = userFolder()
  await new Store(folder).add('linger', undefined, { visibilityTimeout: '2s', retry: { delay: 0 } })
  const first = worker(folder)
  const child = await childOf(first)
  first.process.kill('SIGKILL')
  await gone(child)
  write(folder, 'told-to-end', '')
  const second = worker(folder)
  expect(await second.ended, second.err.text()).toBe(0)
  expect(second.out.lines().at(-1)).toBe('ended')
})
