// Servers for tests and benchmarks; they end with whoever started them.

export { type MariadbServer, startMariadb } from './mariadb.ts'
export { type PostgresServer, startPostgres } from './postgres.ts'
export { PrivateServer, runToEnd } from './private-server.ts'
export { findProgram, requireProgram, serverPrograms } from './programs.ts'
export {
  type RabbitmqOptions,
  type RabbitmqServer,
  startRabbitmq,
} from './rabbitmq.ts'
export {
  type RedisCluster,
  type RedisServer,
  type RedisTls,
  startRedis,
  startRedisCluster,
  startRedisTls,
} from './redis.ts'
export { type SqsServer, startSqs } from './sqs.ts'
