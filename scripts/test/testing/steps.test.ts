import { afterEach, beforeEach, expect, type Mock, test, vi } from 'vitest'
import { Steps } from '../../testing/steps.ts'

let log: Mock<typeof console.log>

beforeEach(() => {
  log = vi.spyOn(console, 'log').mockReturnValue()
})
afterEach(() => log.mockRestore())

function printed(): readonly string[] {
  return log.mock.calls.map(([line]) => String(line).replace(/\d+\.\d s/, '0.0 s'))
}

test('a step says what it does, and whether it passed', async () => {
  const steps = new Steps(() => false)
  expect(await steps.run('Lint', async () => [])).toBe(true)
  expect(printed()).toEqual(['▸ Lint', '  ✓ passed in 0.0 s'])
  expect(steps.summary()).toMatch(/^✓ Everything passed in \d+\.\d s\.$/)
})

test('steps go on after one that failed, and the summary names all that did', async () => {
  const steps = new Steps(() => false)
  expect(await steps.run('Build', async () => ['build: of core', 'build: of cli'])).toBe(false)
  const broken = async () => {
    throw new Error('no such program')
  }
  expect(await steps.run('Lint', broken)).toBe(false)
  expect(await steps.run('Tests', async () => [])).toBe(true)
  expect(printed()).toEqual([
    '▸ Build',
    '  ✗ FAILED in 0.0 s',
    '▸ Lint',
    '  ✗ FAILED in 0.0 s',
    '▸ Tests',
    '  ✓ passed in 0.0 s',
  ])
  expect(steps.summary().split('\n').slice(1)).toEqual([
    '  - build: of core',
    '  - build: of cli',
    '  - Lint: no such program',
  ])
})

test('a step that is interrupted has not passed, and those after it are left out', async () => {
  let isInterrupted = false
  const steps = new Steps(() => isInterrupted)
  const interrupted = async () => {
    isInterrupted = true
    return []
  }
  expect(await steps.run('Build', interrupted)).toBe(false)
  expect(await steps.run('Tests', async () => [])).toBe(false)
  expect(printed()).toEqual(['▸ Build'])
  expect(steps.summary()).toMatch(/^✗ Interrupted after \d+\.\d s\.$/)
})
