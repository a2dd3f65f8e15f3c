import { expect, test } from 'vitest'
import { fillNames, identifier } from '../src/names.ts'

test.each(['tasq', 'Tasq_2', '_x', 'a'.repeat(63)])('%s may be a name', (name) => {
  expect(identifier('schema', name, 63)).toBe(name)
})

test.each([
  '',
  '2tasq',
  'my tasks',
  'a"b',
  "a'b",
  'a`b',
  'a;DROP TABLE users',
  'public.tasks',
  'täsk',
  'a-b',
  'a\u0000b',
  'a'.repeat(64),
  7 as unknown as string,
])('%j is refused, with the name of the option', (name) => {
  expect(() => identifier('schema', name, 63)).toThrow(
    expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option: 'schema' }),
  )
})

test('a statement gets the real names', () => {
  const names = { tasks: '"app"."tasq_tasks"', dead: '"app"."dead"' }
  expect(fillNames("SELECT '{}', a FROM {tasks} JOIN {dead} ON {tasks}.id = {dead}.id", names)).toBe(
    'SELECT \'{}\', a FROM "app"."tasq_tasks" JOIN "app"."dead" ON "app"."tasq_tasks".id = "app"."dead".id',
  )
})

test('a name that nobody knows is a mistake that is told', () => {
  expect(() => fillNames('SELECT 1 FROM {task}', { tasks: 't' })).toThrow(/\{task\}/)
})
