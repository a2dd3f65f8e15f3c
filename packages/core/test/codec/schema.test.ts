import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { validate } from '../../src/codec/schema.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { rejection, thrown } from '../support/present.ts'

/** The same shape in three libraries: a path, and a width that is text on the way in and has a default. */
const schemas: readonly (readonly [string, StandardSchemaV1])[] = [
  ['zod', z.object({ path: z.string(), width: z.string().transform(Number).default(800) })],
  [
    'valibot',
    v.object({
      path: v.string(),
      width: v.optional(v.pipe(v.string(), v.transform(Number)), '800'),
    }),
  ],
  ['arktype', type({ path: 'string', width: type('string').pipe(Number).default('800') })],
]

describe.each(schemas)('%s', (_, schema) => {
  test('gives what the schema makes of the value, defaults and transforms included', () => {
    expect(validate(schema, { path: 'a.png', width: '20' }, 'resize', 'input')).toEqual({
      path: 'a.png',
      width: 20,
    })
    expect(validate(schema, { path: 'a.png' }, 'resize', 'input')).toEqual({ path: 'a.png', width: 800 })
  })

  test('is synchronous', () => {
    expect(validate(schema, { path: 'a' }, 'resize', 'input')).not.toBeInstanceOf(Promise)
  })

  test('says which task, what, where and why', () => {
    const error = thrown(() => validate(schema, { path: 5 }, 'resize', 'input'), InvalidInputError)
    expect(error.code).toBe('TASQ_INVALID_INPUT')
    expect(error.task).toBe('resize')
    expect(error.message).toContain("The input of task 'resize' is not valid: path: ")
    expect(error.nextStep).toContain('Change the input, or the schema')
    expect(error.issues).toEqual([{ path: ['path'], message: expect.stringMatching(/string/i) }])
    expect(error.retryable).toBe(false)
  })
})

test.each<[string, StandardSchemaV1]>([
  ['zod', z.string()],
  ['valibot', v.string()],
  ['arktype', type('string')],
])('%s: an issue with the whole value has no path', (_, schema) => {
  const error = thrown(() => validate(schema, 5, 'shout', 'input'), InvalidInputError)
  expect(error.issues).toEqual([{ path: [], message: expect.stringMatching(/string/i) }])
  expect(error.issues[0]?.path.constructor).toBe(Array)
})

const asynchronous = z.object({
  path: z.string().refine(async (path) => path.endsWith('.png'), 'no picture'),
})

test('an asynchronous schema gives a promise of the value, or rejects with its issues', async () => {
  const good = validate(asynchronous, { path: 'a.png' }, 'resize', 'input')
  expect(good).toBeInstanceOf(Promise)
  expect(await good).toEqual({ path: 'a.png' })
  const bad = Promise.resolve(validate(asynchronous, { path: 'a.txt' }, 'resize', 'result'))
  const error = await rejection(bad, InvalidInputError)
  expect(error.message).toContain("The result of task 'resize' is not valid: path: no picture")
})

test('without a schema anything goes, as it is', () => {
  const value = { any: 'thing' }
  expect(validate(undefined, value, 'resize', 'input')).toBe(value)
})

test('an issue without a path is told without one, and several are told together', () => {
  const schema: StandardSchemaV1 = {
    '~standard': {
      version: 1,
      vendor: 'own',
      validate: () => ({
        issues: [{ message: 'all wrong' }, { message: 'too small', path: [{ key: 'sizes' }, 0] }],
      }),
    },
  }
  const error = thrown(() => validate(schema, 1, 'resize', 'input'), InvalidInputError)
  expect(error.message).toContain('not valid: all wrong; sizes.0: too small.')
  expect(error.issues).toEqual([
    { message: 'all wrong', path: [] },
    { message: 'too small', path: ['sizes', 0] },
  ])
})
