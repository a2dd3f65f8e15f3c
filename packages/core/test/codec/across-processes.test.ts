import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { only } from '../support/present.ts'
import { startProgram } from '../support/program.ts'
import { values } from '../support/values.ts'

test('what another process wrote is read here as it was', async () => {
  const { lines, code } = await startProgram('values').ended
  expect(code).toBe(0)
  expect(msgpackCodec.decode(Buffer.from(only(lines), 'base64'))).toStrictEqual(values)
})

test('what is written here is read in another process as it was', async () => {
  const bytes = Buffer.from(msgpackCodec.encode(values)).toString('base64')
  const { lines } = await startProgram('values', bytes).ended
  expect(only(lines)).toBe('same')
})
