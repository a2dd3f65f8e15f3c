import { readFileSync } from 'node:fs'
import { write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { Setting } from '../src/config/setting.ts'
import { defineConfig } from '../src/index.ts'
import { makeProgram } from '../src/program.ts'
import { tasqIn } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

const SOURCE = new URL('../src/config/tasq-config.ts', import.meta.url)

interface Settings {
  readonly name: string
  readonly settings: readonly Setting[]
}

function settingsOf(command: ReturnType<typeof makeProgram>): readonly Settings[] {
  const own = command.options.filter((option) => option instanceof Setting)
  return [{ name: command.name(), settings: own }, ...command.commands.flatMap(settingsOf)]
}

/** The settings of all commands, by key; `--config` says where the file is and can't stand in it. */
function allSettings(): ReadonlyMap<string, Setting> {
  const program = makeProgram({
    terminal: { out: () => undefined, err: () => undefined },
    folder: '.',
    env: {},
  })
  const all = settingsOf(program).flatMap(({ settings }) => settings)
  return new Map(all.filter(({ long }) => long !== '--config').map((each) => [each.attributeName(), each]))
}

/** Each key of the interface, with its docstring and its type. */
const declared = new Map(
  [
    ...readFileSync(SOURCE, 'utf8').matchAll(
      /\/\*\*([^/]*(?:\/(?!\*\*)[^/]*)*?)\*\/\n {2}readonly (\w+)\?:\s*([^\n]*(?:\n {4}[^\n]*)*)/g,
    ),
  ].map(([, doc = '', key = '', type = '']) => [key, { doc, type }]),
)

test('a typed config file has exactly the settings of all commands', () => {
  expect([...declared.keys()].sort()).toEqual([...allSettings().keys()].sort())
})

test.each([...allSettings()])('%s is documented, has a default and its type', (key, setting) => {
  const { doc = '', type = '' } = declared.get(key) ?? {}
  expect(doc).toContain('@default ')
  const { name = '' } = setting.parseArg ?? {}
  if (name === 'integer') expect(type).toBe('number | undefined')
  if (name.startsWith('duration')) expect(type).toMatch(/^Duration /)
  if (setting.isBoolean()) expect(type).toBe('boolean | undefined')
  for (const choice of setting.argChoices ?? []) expect(type).toContain(`'${choice}'`)
})

test('what it is defined with is what commands use', async () => {
  expect(defineConfig({ sqliteFile: 'mine.db', shutdownTimeout: 500 })).toEqual({
    sqliteFile: 'mine.db',
    shutdownTimeout: 500,
  })
  const folder = userFolder()
  write(folder, 'tasq.config.json', JSON.stringify(defineConfig({ sqliteFile: 'mine.db' })))
  expect(await tasqIn({}, folder, 'enqueue', 'note')).toMatchObject({ code: 0 })
  expect(
    await tasqIn({}, folder, 'enqueue', 'note', '--unique-key', 'a', '--sqlite-file', 'mine.db'),
  ).toMatchObject({
    code: 0,
  })
})
