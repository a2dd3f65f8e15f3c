import { temporaryFolder, write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { Setting } from '../src/config/setting.ts'
import { makeProgram } from '../src/program.ts'
import { finish } from './support/processes.ts'
import { tasqIn } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

interface Sources {
  readonly flag?: string
  readonly env?: string
  readonly dotEnv?: string
  readonly config?: unknown
}

const silent = { out: () => undefined, err: () => undefined }

/** The commands that take settings, and each of those. */
const everywhere = commandsOf(makeProgram({ terminal: silent, folder: '.', env: {} })).flatMap(
  ({ path, options }) => options.map((setting) => [path, setting.long ?? '', setting] as const),
)

/** Each setting once, and each command with one of its settings: they are all settled by the same function. */
const all = everywhere.filter(
  ([path, long], index) =>
    everywhere.findIndex(([, other]) => other === long) === index ||
    everywhere.findIndex(([other]) => other === path) === index,
)

function commandsOf(program: ReturnType<typeof makeProgram>, path: readonly string[] = []): readonly Found[] {
  const below = program.commands.flatMap((command) => commandsOf(command, [...path, command.name()]))
  const options = program.options.flatMap((option) =>
    option instanceof Setting && !option.negate ? [option] : [],
  )
  return path.length === 0 || program.commands.length > 0 ? below : [{ path, options }, ...below]
}

interface Found {
  readonly path: readonly string[]
  readonly options: readonly Setting[]
}

/** Four values that a setting can have, as text. */
function texts(setting: Setting): readonly [string, string, string, string] {
  if (setting.isBoolean()) return ['true', 'true', 'false', 'true']
  const { argChoices = [] } = setting
  if (argChoices.length > 0) {
    const at = (index: number) => argChoices[index % argChoices.length] ?? ''
    return [at(0), at(1), at(2), at(3)]
  }
  if (setting.long === '--rate-limit') return ['1/1m', '2/1m', '3/1m', '4/1m']
  if (setting.long === '--priorities') return ['low', 'high', 'normal', 'critical']
  return ['1', '2', '3', '4']
}

/** What the command is given for a setting where sources say this. */
async function given(path: readonly string[], setting: Setting, sources: Sources): Promise<unknown> {
  const folder = temporaryFolder() // nothing is carried out, so it needs nothing else
  const key = setting.attributeName()
  if (sources.dotEnv !== undefined) write(folder, '.env', `${setting.variable}=${sources.dotEnv}\n`)
  if (sources.config !== undefined) {
    write(folder, 'tasq.config.mjs', `export default { ${key}: ${JSON.stringify(sources.config)} }`)
  }
  const env = sources.env === undefined ? {} : { [setting.variable]: sources.env }
  const program = makeProgram({ terminal: silent, folder, env })
  let command = program
  for (const name of path) {
    const next = command.commands.find((candidate) => candidate.name() === name)
    if (next === undefined) throw new Error(`no command ${path.join(' ')}`)
    command = next
  }
  const values: unknown[] = []
  command.action(() => void values.push(command.getOptionValue(key)))
  const parameters = command.registeredArguments.filter(({ required }) => required).map(() => '1')
  const flag = setting.isBoolean() ? [`${setting.long}`] : [`${setting.long}`, sources.flag ?? '']
  await program.parseAsync([...path, ...parameters, ...(sources.flag === undefined ? [] : flag)], {
    from: 'user',
  })
  return values[0]
}

describe.each(all)('%j %s', (path, _, setting) => {
  const [flag, env, dotEnv, config] = texts(setting)
  const as = (text: string) => setting.fromText(text)

  test('flag > environment > .env > config file > default [C24, C26, C27]', async () => {
    expect(await given(path, setting, { flag, env, dotEnv, config })).toEqual(as(flag))
    expect(await given(path, setting, { env, dotEnv, config })).toEqual(as(env))
    expect(await given(path, setting, { dotEnv, config })).toEqual(as(dotEnv))
    expect(await given(path, setting, { config: setting.isBoolean() ? true : config })).toEqual(as(config))
    expect(await given(path, setting, {})).toBeUndefined()
    expect(await given(path, setting, { env: '', config: setting.isBoolean() ? true : config })).toEqual(
      as(config),
    )
  })
})

test('a setting is the same wherever it stands', () => {
  const first = new Map<string, Setting>()
  for (const [, long, setting] of everywhere) {
    if (long === '--tasks') continue // may stand before further arguments, or take many
    const { variable, description, parseArg, argChoices } = first.get(long) ?? setting
    first.set(long, first.get(long) ?? setting)
    expect(setting).toMatchObject({ variable, description, argChoices })
    if (argChoices === undefined) expect(setting.parseArg).toBe(parseArg) // choices have a parser each
  }
})

describe('a config file', () => {
  test.each([
    ['tasq.config.ts', `const file: string = 'a.db'\nexport default { sqliteFile: file }`],
    ['tasq.config.mts', `export default { sqliteFile: 'a.db' as const }`],
    ['tasq.config.mjs', `export default { sqliteFile: 'a.db' }`],
    ['tasq.config.json', `{ "sqliteFile": "a.db" }`],
  ])('may be %s', async (name, text) => {
    const folder = userFolder()
    write(folder, name, text)
    const { code, err } = await tasqIn({}, folder, 'enqueue', 'note')
    expect({ code, err }).toEqual({ code: 0, err: 'created in queue default' })
    const there = await tasqIn({}, folder, 'enqueue', 'note', '--unique-key', 'a', '--sqlite-file', 'a.db')
    expect(there.code).toBe(0)
  })

  test('says durations in ms and lists as arrays, as code does', async () => {
    const setting = (long: string) => {
      const found = all.find(([, name]) => name === long)
      if (found === undefined) throw new Error(`no setting ${long}`)
      return [found[0], found[2]] as const
    }
    expect(await given(...setting('--shutdown-timeout'), { config: 1500 })).toBe(1500)
    expect(await given(...setting('--shutdown-timeout'), { config: '2s' })).toBe('2s')
    expect(await given(...setting('--queues'), { config: ['a', 'b'] })).toEqual(['a', 'b'])
    expect(await given(...setting('--tasks'), { config: ['a.js', 'b.js'] })).toEqual(['a.js', 'b.js'])
  })

  test('and a variable name several modules of tasks, for whatever command', async () => {
    const settings = everywhere.filter(([, long]) => long === '--tasks')
    expect(settings.map(([path]) => path.join(' '))).toEqual(expect.arrayContaining(['worker', 'enqueue']))
    for (const [path, , setting] of settings) {
      expect(await given(path, setting, { config: ['a.js', 'b.js'] })).toEqual(['a.js', 'b.js'])
      expect(await given(path, setting, { env: 'a.js, b.js' })).toEqual(['a.js', 'b.js'])
    }
  })

  test('may export the app, which then needs no name', async () => {
    const folder = userFolder()
    write(folder, 'tasq.config.mjs', `export { tasq as default } from './app.mjs'`)
    const { code, err } = await tasqIn({}, folder, 'enqueue', 'note')
    expect({ code, err }).toEqual({ code: 0, err: 'created in queue of-the-app' })
  })

  test('may name the module of the app', async () => {
    const folder = userFolder()
    write(folder, 'tasq.config.mjs', `export default { app: './app.mjs#tasq' }`)
    const { code, err } = await tasqIn({}, folder, 'enqueue', 'note')
    expect({ code, err }).toEqual({ code: 0, err: 'created in queue of-the-app' })
  })

  test('with an app gives way to flags that make one', async () => {
    const folder = userFolder()
    write(folder, 'tasq.config.mjs', `export { tasq as default } from './app.mjs'`)
    const argv = ['enqueue', 'note', '--sqlite-file', 'b.db']
    const { code, err } = await tasqIn({}, folder, ...argv)
    expect(code).toBe(0)
    expect(err).toBe('created in queue default')
  })

  test('with an app has variables that would make one without effect, which is said', async () => {
    const folder = userFolder()
    write(folder, 'tasq.config.mjs', `export { tasq as default } from './app.mjs'`)
    const variables = { TASQ_REDIS_URL: 'redis://cache:6379', TASQ_TASK_DEFAULTS_QUEUE: 'other' }
    const { code, err } = await tasqIn(variables, folder, 'enqueue', 'note')
    expect(code).toBe(0)
    expect(err).toContain('TASQ_REDIS_URL has no effect: the app brings its own driver')
    expect(err).toContain('TASQ_TASK_DEFAULTS_QUEUE has no effect')
    expect(err).toContain('created in queue of-the-app')
  })

  test('with an app leaves the variables of its driver to it, which is said to those who ask', async () => {
    const folder = userFolder()
    write(folder, 'tasq.config.mjs', `export { tasq as default } from './app.mjs'`)
    const variables = { TASQ_SQLITE_FILE: 'b.db' }
    expect(await tasqIn(variables, folder, 'enqueue', 'note')).toMatchObject({
      code: 0,
      err: 'created in queue of-the-app',
    })
    const { err } = await tasqIn(variables, folder, 'enqueue', 'note', '--verbose')
    expect(err).toContain('tasq: TASQ_SQLITE_FILE is left to the app')
  })

  test.each([
    [
      'that throws',
      `\nthrow new Error('no database today')`,
      1,
      /no database today \(at .*tasq\.config\.mjs:2:7\)/,
    ],
    [
      'that is no JavaScript',
      `export default {\n  a: : 1 }`,
      1,
      /tasq\.config\.mjs.*\(at .*tasq\.config\.mjs:2\)/,
    ],
    [
      'with an unknown setting',
      `export default { concurency: 3 }`,
      2,
      /tasq\.config\.mjs: 'concurency' is no setting; did you mean 'concurrency'\?/,
    ],
    [
      'with an impossible value',
      `export default { sqliteSynchronous: 'off' }`,
      2,
      /'sqliteSynchronous' of tasq\.config\.mjs can't be used\. Allowed choices are full, normal/,
    ],
    ['that exports nothing of use', `export default 42`, 2, /exports neither settings nor an app/],
  ])('%s says where', async (_, text, code, message) => {
    const folder = userFolder()
    write(folder, 'tasq.config.mjs', text)
    const run = await finish(folder, 'enqueue', 'note')
    expect(run).toEqual({ code, out: '', err: expect.stringMatching(message) })
  })

  test('that is named and not there', async () => {
    const run = await tasqIn({}, userFolder(), 'enqueue', 'note', '--config', 'none.ts')
    expect(run).toEqual({ code: 2, out: [], err: expect.stringMatching(/There is no file .*none\.ts/) })
  })
})

describe('a variable', () => {
  test('with an impossible value is named', async () => {
    const folder = userFolder()
    const text = await tasqIn({ TASQ_TASK_DEFAULTS_MAX_ATTEMPTS: 'many' }, folder, 'enqueue', 'note')
    expect(text).toMatchObject({
      code: 2,
      err: expect.stringContaining("TASQ_TASK_DEFAULTS_MAX_ATTEMPTS can't"),
    })
    const value = await tasqIn({ TASQ_TASK_DEFAULTS_MAX_ATTEMPTS: '0' }, folder, 'enqueue', 'note')
    expect(value).toMatchObject({
      code: 2,
      err: expect.stringContaining("Option 'TASQ_TASK_DEFAULTS_MAX_ATTEMPTS' can't be 0"),
    })
  })

  test('that is nearly that of a setting is told', async () => {
    const { code, err } = await tasqIn({ TASQ_SQLITE_FIEL: 'a.db' }, userFolder(), 'enqueue', 'note')
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining(
        'TASQ_SQLITE_FIEL is no setting and changes nothing; did you mean TASQ_SQLITE_FILE?',
      ),
    })
  })

  test('for another driver is left alone', async () => {
    const { code } = await tasqIn({ TASQ_REDIS_URL: 'redis://nowhere' }, userFolder(), 'enqueue', 'note')
    expect(code).toBe(0)
  })

  test('that contradicts another source is told with --verbose', async () => {
    const env = { TASQ_SQLITE_FILE: 'a.db' }
    const argv = ['enqueue', 'note', '--sqlite-file', 'b.db']
    expect((await tasqIn(env, userFolder(), ...argv)).err).not.toContain('TASQ_')
    expect((await tasqIn(env, userFolder(), ...argv, '--verbose')).err).toContain(
      '--sqlite-file goes before TASQ_SQLITE_FILE',
    )
  })
})

test('.env is there for the modules of the user as well', async () => {
  const folder = userFolder()
  write(folder, '.env', 'MY_LABEL=here\n')
  const env: NodeJS.ProcessEnv = {}
  await tasqIn(env, folder, 'enqueue', 'note')
  expect(env['MY_LABEL']).toBe('here')
})
