import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/index.ts'
import { only } from '../support/present.ts'
import { startProgram } from '../support/program.ts'
import { values } from '../support/values.ts'

test('what another process wrote is read here as it was', async () => {
  const { ended, out } = startProgram('values')
  expect(await ended).toBe(0)
  expect(msgpackCodec.decode(Buffer.from(only(out.lines()), 'base64'))).toStrictEqual(values)
})

test('what is written here is read in another process as it was', async () => {
  const bytes = Buffer.from(msgpackCodec.encode(values)).toString('base64')
  const { ended, out } = startProgram('values', bytes)
  expect(await ended).toBe(0)
  expect(only(out.lines())).toBe('same')
})
