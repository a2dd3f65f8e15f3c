import { expect, test } from 'vitest'
import { problemOf } from '../src/server.ts'

const sound = {
  version: '8.0.40',
  max_allowed_packet: '67108864',
  log_bin: 'ON',
  binlog_format: 'ROW',
  character_set_results: 'utf8mb4',
}

test.each([
  '8.0.11',
  '8.4.3',
  '9.1.0',
  '10.6.4-MariaDB',
  '10.11.19-MariaDB-0+deb12u1',
  '5.5.5-11.4.2-MariaDB',
  '12.0.1-MariaDB',
])('version %s is taken', (version) => {
  expect(problemOf(new Map(Object.entries({ ...sound, version })))).toBeUndefined()
})

test.each(['5.7.44-log', '5.5.5-10.5.27-MariaDB', '10.3.39-MariaDB'])('version %s is refused', (version) => {
  const problem = problemOf(new Map(Object.entries({ ...sound, version })))
  expect(problem).toMatchObject({ nextStep: 'Use MySQL 8.0 or MariaDB 10.6, or newer.' })
})

test.each([
  { variables: { max_allowed_packet: '4194304' }, nextStep: 'max_allowed_packet' },
  { variables: { binlog_format: 'STATEMENT' }, nextStep: 'binlog_format' },
  { variables: { character_set_results: 'latin1' }, nextStep: 'utf8mb4' },
])('$variables is refused with what to set', ({ variables, nextStep }) => {
  expect(problemOf(new Map(Object.entries({ ...sound, ...variables })))?.nextStep).toContain(nextStep)
})

test('a server without a binary log may have any format of it', () => {
  expect(
    problemOf(new Map(Object.entries({ ...sound, log_bin: 'OFF', binlog_format: 'STATEMENT' }))),
  ).toBeUndefined()
})
