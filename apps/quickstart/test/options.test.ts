import { expect, test } from 'vitest'
import { parseOptions } from '../src/options.ts'

test.each([
  [['a', 'b'], 'one folder at a time, not a and b'],
  [['none'], 'none is no folder'],
  [['package.json'], 'package.json is no folder'],
  [['--workers', '0'], '--workers takes a number from 1 to 1000, not 0'],
  [['--workers', 'many'], '--workers takes a number'],
  [['--concurrency', '1.5'], '--concurrency takes a number'],
  [['--workers'], /--workers.* argument missing/],
  [['--redis-url', 'redis://a'], '--redis-url has no effect with --driver sqlite'],
  [['--postgres-dsn', 'postgres://a'], '--postgres-dsn has no effect with --driver sqlite'],
  [['--mysql-dsn', 'mysql://a'], '--mysql-dsn has no effect with --driver sqlite'],
  [['--rabbitmq-url', 'amqp://a'], '--rabbitmq-url has no effect with --driver sqlite'],
  [['--sqs-region', 'a'], '--sqs-region has no effect with --driver sqlite'],
  [
    ['--driver', 'rabbitmq', '--sqs-endpoint-url', 'http://a'],
    '--sqs-endpoint-url has no effect with --driver rabbitmq',
  ],
  [['--driver', 'sqs', '--file', 'a.db'], '--file has no effect with --driver sqs'],
  [['--driver', 'redis', '--store', 'sqlite'], '--store has no effect with --driver redis'],
  [['--driver', 'sqs', '--store-url', 'redis://a'], '--store-url has no effect without --store'],
  [['--driver', 'rabbitmq', '--store', 'sqs'], '--store takes sqlite, redis, postgres, mysql, not sqs'],
  [['--driver', 'oracle'], '--driver takes sqlite, redis, postgres, mysql, rabbitmq, sqs, not oracle'],
])('%j is refused, in one line', (argv, message) => {
  expect(() => parseOptions(argv, '.')).toThrow(message)
  expect(() => parseOptions(argv, '.')).not.toThrow('\n')
})
