import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { finish, rowsIn } from './support/quickstart.ts'
import { FILES, interruptedRun, leftIn, onServer } from './support/servers.ts'

describe.each(['redis', 'postgres', 'mysql'])('on %s', (backend) => {
  test('a run that is interrupted goes on where it stopped, and leaves nothing behind when it is complete', async () => {
    const given = onServer(backend)
    symlinkSync('nowhere', join(given.folder, 'dangling'))
    const { code, out, queue } = await interruptedRun(given)
    expect(code).toBe(143)
    expect(out).toMatch(/^Interrupted\. Start it again, and it goes on where it stopped\.$/m)

    const again = await finish([given.folder], { server: given.flags })
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
    const all = FILES + 1
    expect(again.out).toContain(
      `  ${all} tasks in queue ${queue.name} of ${backend}, ${all} of them from an earlier run\n`,
    )
    expect(rowsIn(again.out).all?.[0]).toBe(FILES)
    expect(again.out).toMatch(/^ {2}dangling: ENOENT: no such file or directory.* \(3 attempts\)$/m)
    expect(given.kept()).toEqual([])
    expect(await leftIn(queue, queue.name)).toEqual({})
  })

  test('a server that is not there ends with 1, says what to do and leaves nothing behind', async () => {
    const { folder, astray, kept } = onServer(backend)
    const { code, err } = await finish([folder], { server: astray })
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^quick start: .*ECONNREFUSED.* See that/),
    })
    expect(kept()).toEqual([])
  })
})
