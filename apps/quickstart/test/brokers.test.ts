import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finish, rowsIn } from './support/quickstart.ts'
import { FILES, interruptedRun, leftIn, onServer } from './support/servers.ts'

const alone = ['rabbitmq', 'sqs']
const withStore = ['rabbitmq and sqlite', 'sqs and redis']

test.each([...alone, ...withStore])(
  'on %s a folder is measured, and nothing is left behind',
  async (backend) => {
    const { folder, flags, kept, queue } = onServer(backend)
    const { code, out, err } = await finish([folder], { server: flags })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(rowsIn(out).all?.[0]).toBe(FILES)
    const [, name = '', where] = /^ {2}\d+ tasks in queue (files-[-\w]+) of (.*)$/m.exec(out) ?? []
    expect(where).toBe(backend)
    expect(kept()).toEqual([])
    expect(await leftIn(queue(), name)).toEqual({})
  },
)

test.each([
  ...alone.map((backend) => [backend, 'starts anew', '']),
  ...withStore.map((backend) => [
    backend,
    'goes on where it stopped',
    `, ${FILES + 1} of them from an earlier run`,
  ]),
])(
  'on %s a run that is interrupted %s, and leaves nothing behind when it is complete',
  async (backend, next, known) => {
    const given = onServer(backend)
    symlinkSync('nowhere', join(given.folder, 'dangling'))
    const { code, out, queue } = await interruptedRun(given)
    expect(code).toBe(143)
    expect(out).toContain(`\nInterrupted. Start it again, and it ${next}`)

    const again = await finish([given.folder], { server: given.flags })
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
    expect(again.out.includes('An earlier run was interrupted: it starts anew')).toBe(known === '')
    expect(again.out).toContain(`  ${FILES + 1} tasks in queue ${queue.name} of ${backend}${known}\n`)
    expect(rowsIn(again.out).all?.[0]).toBe(FILES)
    expect(again.out).toMatch(/^ {2}dangling: ENOENT: no such file or directory.* \(3 attempts\)$/m)
    expect(given.kept()).toEqual([])
    expect(await leftIn(queue, queue.name)).toEqual({})
  },
)

test.each(['rabbitmq', 'sqs', 'rabbitmq and sqlite'])(
  'on %s a broker that is not there ends with 1, says what to do and leaves nothing behind',
  async (backend) => {
    const { folder, astray, kept } = onServer(backend)
    const { code, err } = await finish([folder], { server: astray })
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^quick start: .*ECONNREFUSED.* See that/),
    })
    expect(kept()).toEqual([])
  },
)
