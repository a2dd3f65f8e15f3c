import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive, temporaryFolder } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { row } from './support/expected.ts'
import { write, writeMany } from './support/folders.ts'
import { finish, finished, MAIN, pidsIn, rowsIn, start } from './support/quickstart.ts'

const TEXT = 'one two\nthree\n'

describe('a folder is measured', () => {
  test('whatever its files are called, and however deep they are', async () => {
    const folder = temporaryFolder()
    const files = {
      'a.txt': TEXT,
      'with space.txt': 'a b c\n',
      'grün 世界 👋.txt': 'ü\n',
      '-rf.txt': 'x',
      'new\nline.txt': 'y\n',
      'a/b/c/d/e.md': '# Title\n',
      'empty.md': '',
      'binary.bin': Uint8Array.from({ length: 70_000 }, (_, index) => index % 256),
      'large.log': 'It was a dark and stormy night.\n'.repeat(164_000),
      README: TEXT,
      '.hidden': 'h',
    }
    write(folder, files)
    write(folder, { '.git/config': 'no', 'a/node_modules/package/index.js': 'no' })
    const { code, out, err } = await finish([folder])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const of = (pattern: RegExp) =>
      row(Object.entries(files).flatMap(([name, contents]) => (pattern.test(name) ? [contents] : [])))
    expect(rowsIn(out)).toEqual({
      '.txt': of(/\.txt$/),
      '.md': of(/\.md$/),
      '.bin': of(/\.bin$/),
      '.log': of(/\.log$/),
      '(none)': of(/^(README|\.hidden)$/),
      all: of(/./),
    })
    expect(out).toMatch(/^11 of 11 files measured in \d+\.\d s; 1 are copies of others\.$/m)
  })

  test('with links to files as files; links to folders are not followed', async () => {
    const folder = temporaryFolder()
    const elsewhere = temporaryFolder()
    write(folder, { 'a/file.txt': TEXT })
    write(elsewhere, { 'far.txt': 'far away\n' })
    symlinkSync('a/file.txt', join(folder, 'link.txt'))
    symlinkSync(join(elsewhere, 'far.txt'), join(folder, 'far.txt'))
    symlinkSync('..', join(folder, 'a', 'up'))
    symlinkSync(elsewhere, join(folder, 'out'))
    symlinkSync('/dev/zero', join(folder, 'endless'))
    const { code, out } = await finish([folder])
    expect(code).toBe(0)
    expect(rowsIn(out)).toEqual({
      '.txt': row([TEXT, TEXT, 'far away\n']),
      all: row([TEXT, TEXT, 'far away\n']),
    })
  })

  test('that is empty: there is nothing to do', async () => {
    const { code, out, err } = await finish([temporaryFolder()])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('  0 tasks in ')
    expect(out).toContain('0 of 0 files measured')
    expect(out).not.toContain('worker processes')
  })

  test('by default this repository, with the database among temporary files', async () => {
    const temporary = temporaryFolder()
    const env = { ...process.env, TMPDIR: temporary }
    const { status, stdout } = spawnSync(process.execPath, [MAIN], { encoding: 'utf8', env })
    expect(status).toBe(0)
    const [first, second] = stdout.split('\n')
    expect(`${first?.replace('Measuring the files of ', '')}/`).toBe(
      fileURLToPath(new URL('../../../', import.meta.url)),
    )
    expect(second).toContain(join(temporary, 'tasq-quickstart-'))
    expect(rowsIn(stdout)['.ts']?.[0]).toBeGreaterThan(100)
  })

  test('by a path from where the user is, by as many workers as are wanted', async () => {
    const parent = temporaryFolder()
    writeMany(join(parent, '-odd name'), 30)
    const argv = ['--workers', '3', '--concurrency', '2', '--', '-odd name']
    const { code, out } = await finish(argv, { cwd: parent })
    expect(code).toBe(0)
    expect(out).toContain(`Measuring the files of ${join(parent, '-odd name')}`)
    expect(out).toMatch(/3 worker processes \(\d+, \d+, \d+\), 2 files at a time each/)
    expect(rowsIn(out).all?.[0]).toBe(30)
  })

  test('with its own database in it, which is not measured', async () => {
    const folder = temporaryFolder()
    write(folder, { 'a.txt': TEXT })
    const { out } = await finish([folder], { file: join(folder, 'queue.db') })
    expect(rowsIn(out)).toEqual({ '.txt': row([TEXT]), all: row([TEXT]) })
  })

  test('beside another one that is measured at the same time', async () => {
    const folders = [temporaryFolder(), temporaryFolder()]
    for (const [index, folder] of folders.entries()) writeMany(folder, 200 + index)
    const runs = await Promise.all(folders.map((folder) => finish([folder])))
    expect(runs.map(({ code }) => code)).toEqual([0, 0])
    expect(runs.map(({ out }) => rowsIn(out).all?.[0])).toEqual([200, 201])
  })
})

test('a complete run leaves nothing behind: no database, no process', async () => {
  const folder = temporaryFolder()
  writeMany(folder, 20)
  const quickstart = start([folder])
  const { code, out } = await finished(quickstart)
  expect(code).toBe(0)
  for (const suffix of ['', '-wal', '-shm']) expect(existsSync(`${quickstart.file}${suffix}`)).toBe(false)
  expect(pidsIn(out)).toHaveLength(2)
  expect(pidsIn(out).filter(isAlive)).toEqual([])
})

describe('what can not be read is told', () => {
  test('a file that is not there fails, is retried, and ends among the dead letters', async () => {
    const folder = temporaryFolder()
    write(folder, { 'a.txt': TEXT })
    symlinkSync('nowhere', join(folder, 'dang\nling'))
    const { code, out } = await finish([folder])
    expect(code).toBe(0)
    expect(out).toMatch(/^1 of 2 files measured/m)
    expect(out).toContain('1 could not be measured: they were retried, and ended among the dead letters.')
    expect(out).toMatch(/^ {2}dang\?ling: ENOENT: no such file or directory.* \(3 attempts\)$/m)
    expect(rowsIn(out)).toEqual({ '.txt': row([TEXT]), all: row([TEXT]) })
  })

  test('of many such files the first are named, and the others counted', async () => {
    const folder = temporaryFolder()
    for (let index = 0; index < 15; index++) symlinkSync('nowhere', join(folder, `link-${index}`))
    const { out } = await finish([folder])
    expect(out).toContain('0 of 15 files measured')
    expect(out.match(/\(3 attempts\)/g)).toHaveLength(10)
    expect(out).toContain('  and 5 more')
  })

  test('a file and a folder without the right to read them', async () => {
    const folder = temporaryFolder()
    write(folder, { 'a.txt': TEXT, 'secret.txt': TEXT, 'closed/b.txt': TEXT })
    chmodSync(join(folder, 'secret.txt'), 0)
    chmodSync(join(folder, 'closed'), 0)
    const { code, out } = await finish([folder], { boundByPermissions: true })
    chmodSync(join(folder, 'closed'), 0o700)
    expect(code).toBe(0)
    expect(out).toMatch(/^1 of 2 files measured/m)
    expect(out).toMatch(/^ {2}secret\.txt: EACCES.* \(3 attempts\)$/m)
    expect(out).toMatch(/^A folder could not be read: EACCES.*closed/m)
  })
})

describe('wrong arguments end with 2 and say what is wrong', () => {
  test('an option that there is not', async () => {
    const { code, out, err } = await finish(['--wrokers', '2'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^quick start: Unknown option '--wrokers'[^\n]*\n--help shows all arguments\.\n$/)
  })

  test('a folder that may not be entered', async () => {
    const folder = join(temporaryFolder(), 'closed')
    mkdirSync(folder, { mode: 0 })
    expect(await finish([folder], { boundByPermissions: true })).toMatchObject({
      code: 2,
      err: expect.stringContaining('EACCES'),
    })
  })

  test('and --help tells the right ones', async () => {
    const { code, out } = await finish(['--help'])
    expect(code).toBe(0)
    for (const text of ['folder', '--workers', '--concurrency', '--file']) expect(out).toContain(text)
  })
})

test('a database that can not be used ends with 1, and says why', async () => {
  const folder = temporaryFolder()
  write(folder, { 'diary.txt': 'Dear diary, '.repeat(1_000) })
  const { code, err } = await finish([folder], { file: join(folder, 'diary.txt') })
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^quick start: .*it is no SQLite database/),
  })
})
