import { expect, test } from 'vitest'
import { present } from '../support/present.ts'
import { startProgram } from '../support/program.ts'

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a running task end, and then the process [A30, A37, C12, S12, S15, U32]',
  async (signal) => {
    const program = startProgram('worker')
    await program.out.line('started')
    program.process.kill(signal)
    await program.out.line('heard 1')
    program.write('go on')
    expect(await program.ended).toBe(0)
    expect(JSON.parse(present(program.out.lines().at(-1)))).toEqual({
      reason: 'told',
      drained: 1,
      released: 0,
      abandoned: 0,
    })
  },
)

test('a second SIGTERM ends it at once, and the task is handed back', async () => {
  const program = startProgram('worker')
  await program.out.line('started')
  program.process.kill('SIGTERM')
  await program.out.line('heard 1')
  program.process.kill('SIGTERM')
  expect(await program.ended).toBe(0)
  expect(JSON.parse(present(program.out.lines().at(-1)))).toEqual({
    reason: 'told',
    drained: 0,
    released: 1,
    abandoned: 1,
  })
})
