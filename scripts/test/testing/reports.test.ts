import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { add, describe, readReport, removeReports } from '../../testing/reports.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tasq-reports-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
})

function report(text: string): void {
  mkdirSync(join(root, 'packages/core/.reports'), { recursive: true })
  writeFileSync(join(root, 'packages/core/.reports/node-24.json'), text)
}

function file(...statuses: readonly string[]): object {
  const status = statuses.includes('failed') ? 'failed' : 'passed'
  return { status, assertionResults: statuses.map((each) => ({ status: each })) }
}

test('a report gives how many tests passed, failed and were skipped', () => {
  const testResults = [file('passed', 'failed'), file('passed', 'skipped', 'todo')]
  report(JSON.stringify({ numPassedTests: 2, numPendingTests: 1, numTodoTests: 1, testResults }))
  expect(readReport(root, 'packages/core', '24')).toEqual({ counts: { passed: 2, failed: 1, skipped: 2 } })
})

test('a file that could not be loaded is a failure', () => {
  const testResults = [file('passed'), { status: 'failed', assertionResults: [] }]
  report(JSON.stringify({ numPassedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults }))
  expect(readReport(root, 'packages/core', '24').counts).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test.each([
  ['absent', undefined, 'no report in'],
  ['cut off', '{"numPassedTests": 1', 'is not a report'],
  ['of something else', '{}', 'is not a report'],
  ['empty', '{"numPassedTests": 0, "testResults": []}', 'has no tests'],
])('a report that is %s is a failure', (_, text, problem) => {
  if (text !== undefined) report(text)
  const result = readReport(root, 'packages/core', '24')
  expect(result.counts).toEqual({ passed: 0, failed: 1, skipped: 0 })
  expect(result.problem).toContain(problem)
})

test('a report of an earlier run, or of another Node, does not count', () => {
  report('{"numPassedTests": 1, "testResults": []}')
  expect(readReport(root, 'packages/core', '22').problem).toContain('no report in')
  removeReports(root, ['packages/core'])
  expect(readReport(root, 'packages/core', '24').problem).toContain('no report in')
})

test('counts add up, and are said in one line', () => {
  const sum = add([
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ])
  expect(describe(sum)).toBe('11 passed, 22 failed, 33 skipped')
})
