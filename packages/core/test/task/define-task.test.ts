import { expect, test } from 'vitest'
import { z } from 'zod'
import { InvalidOptionError, UnknownTaskError } from '../../src/errors.ts'
import { defineTask, typed } from '../../src/index.ts'
import { TaskRegistry } from '../../src/task/task-registry.ts'
import { thrown } from '../support/present.ts'

test('a definition holds what was declared, options apart from name, schemas and handler', () => {
  const input = z.object({ n: z.number() })
  const run = () => 1
  const definition = defineTask({ name: 'count', input, queue: 'sums', timeout: '1m', run })
  expect(definition.name).toBe('count')
  expect(definition.input).toBe(input)
  expect(definition.output).toBeUndefined()
  expect(definition.run).toBe(run)
  expect(definition.options).toEqual({ queue: 'sums', timeout: '1m' })
})

test('without a handler it is inert, and handle() gives it one without changing the first', () => {
  const inert = defineTask({ name: 'count', queue: 'sums', input: typed<{ n: number }>() })
  const run = ({ n }: { n: number }) => n
  const complete = inert.handle(run)
  expect(inert.run).toBeUndefined()
  expect(complete.run).toBe(run)
  expect(complete).toMatchObject({ name: 'count', input: inert.input, options: { queue: 'sums' } })
})

test('the types of a definition do not exist at run time', () => {
  expect('~types' in defineTask({ name: 'count' })).toBe(false)
})

test('typed() carries a type and checks nothing', () => {
  expect(typed<number>()['~standard'].validate('no number')).toEqual({ value: 'no number' })
})

test.each([
  ['name', { name: '' }],
  ['name', { name: 'a\nb' }],
  ['name', {}],
  ['input', { name: 'a', input: {} }],
  ['input', { name: 'a', input: null }],
  ['output', { name: 'a', output: 'string' }],
  ['run', { name: 'a', run: 'later' }],
  ['retry.maxAttempts', { name: 'a', retry: { maxAttempts: 0 } }],
  ['visibilityTimeout', { name: 'a', visibilityTimeout: '1ms' }],
])('an impossible %s is refused where it is declared: %j', (option, declaration) => {
  const loose: (declaration: never) => unknown = defineTask
  const error = thrown(() => loose(declaration as never), InvalidOptionError)
  expect(error.option).toBe(option)
})

test('a registry finds definitions by name and says which ones it knows', () => {
  const [one, two] = [defineTask({ name: 'one' }), defineTask({ name: 'two' })]
  const registry = new TaskRegistry([one, two])
  expect(registry.names).toEqual(['one', 'two'])
  expect(registry.all).toEqual([one, two])
  expect(registry.get('two')).toBe(two)
  expect(registry.find('three')).toBeUndefined()
  const error = thrown(() => registry.get('three'), UnknownTaskError)
  expect(error.code).toBe('TASQ_UNKNOWN_TASK')
  expect(error.message).toContain("known are 'one', 'two'")
  expect(() => new TaskRegistry([]).get('one')).toThrow('none is registered')
})

test('two definitions with one name are refused', () => {
  const twice = () => new TaskRegistry([defineTask({ name: 'one' }), defineTask({ name: 'one' })])
  expect(thrown(twice, InvalidOptionError).message).toContain('two definitions named one')
})
