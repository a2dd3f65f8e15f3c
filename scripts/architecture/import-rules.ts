import type { IForbiddenRuleType } from 'dependency-cruiser'
import { bundled, driverOfCli, roles } from './conventions.ts'
import { doorsOf, type Repository } from './repository.ts'

/** Dependencies go one way: apps → cli → drivers → core. The comment of each rule is its remedy. */
export function importRules(repository: Repository): readonly IForbiddenRuleType[] {
  const sqlDrivers = oneOf('sql-driver')
  const brokerDrivers = oneOf('broker-driver')
  const otherDrivers = oneOf('driver')
  const driversButOne = `${sqlDrivers}|${brokerDrivers}|${otherDrivers}`.replace(driverOfCli, '-')
  const doors = repository.packages.flatMap(doorsOf).map((door) => `^${door.replaceAll('.', '\\.')}$`)
  const handlers = '^apps/[^/]+/src/.*\\.(handler|process)\\.ts$'
  const driverDoor = '^packages/core/src/driver\\.ts$'
  return [
    {
      name: 'packages are imported by their public doors',
      comment: 'Import what an export of its package.json gives, or make it one.',
      from: { path: '^((?:packages|apps)/[^/]+|scripts)/' },
      to: { path: '^(packages|apps|scripts)/', pathNot: ['^$1/', ...doors] },
    },
    {
      name: 'core imports no other package of this repository',
      comment: 'Move what is shared into core, or turn the dependency round by the driver contract.',
      from: { path: '^packages/core/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/core/' },
    },
    {
      name: 'SQL drivers import @tasq/core/driver and the kernel, and no other driver',
      comment: 'Export it from packages/core/src/driver.ts, or share it by the kernel.',
      from: { path: `^packages/(${sqlDrivers})/src/` },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/sql-kernel/', driverDoor] },
    },
    {
      name: 'drivers import @tasq/core/driver, and no other driver',
      comment: 'Export it from packages/core/src/driver.ts.',
      from: { path: `^packages/(${otherDrivers})/src/` },
      to: { path: '^packages/', pathNot: ['^packages/$1/', driverDoor] },
    },
    {
      name: 'drivers of brokers import @tasq/core/driver and their kernel, and no other driver',
      comment: 'Export it from packages/core/src/driver.ts, or share it by the kernel.',
      from: { path: `^packages/(${brokerDrivers})/src/` },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/broker-kernel/', driverDoor] },
    },
    {
      name: 'a kernel imports @tasq/core/driver only',
      comment: 'Export it from packages/core/src/driver.ts.',
      from: { path: '^packages/((?:sql|broker)-kernel)/src/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', driverDoor] },
    },
    {
      name: 'the contract imports only itself and the errors',
      comment: 'Move what it needs into the contract, or out of it.',
      from: { path: '^packages/core/src/contract/' },
      to: { pathNot: '^packages/core/src/(contract/|errors\\.ts$)' },
    },
    {
      name: 'the engine imports nothing of the client',
      comment: 'Move what both need to where neither is, such as runtime/ or task/.',
      from: { path: '^packages/core/src/engine/' },
      to: { path: '^packages/core/src/client/' },
    },
    {
      name: 'the memory driver imports only the contract, the errors and the runtime',
      comment: 'It is to be written as any other driver: by the contract.',
      from: { path: '^packages/core/src/memory/' },
      to: {
        pathNot: '^packages/core/src/(memory/|contract/|runtime/|errors\\.ts$)',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'the testkit imports core only',
      comment: 'It serves every driver, so it knows none.',
      from: { path: '^packages/testkit/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(testkit|core)/' },
    },
    {
      name: 'what tests share imports no other package of this repository',
      comment: 'Else the core, whose tests use it, would depend on itself.',
      from: { path: '^packages/test-support/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/test-support/' },
    },
    {
      name: 'the tests of all drivers know no driver',
      comment: 'Let the package of the driver bring what is its own.',
      from: { path: '^packages/driver-tests/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(driver-tests|core|testkit|test-support)/' },
    },
    {
      name: 'integrations import core only',
      comment: 'Use what @tasq/core exports.',
      from: { path: `^packages/(${oneOf('integration')})/src/` },
      to: { path: '^(packages|apps)/', pathNot: ['^packages/$1/', '^packages/core/'] },
    },
    {
      name: 'the command line imports core, and drivers when it runs',
      comment: `Look the driver up by import(); only ${driverOfCli} comes with it.`,
      from: { path: '^packages/cli/src/' },
      to: { path: `^packages/(${driversButOne}|sql-kernel|broker-kernel|testkit|otel)/`, dynamic: false },
    },
    {
      name: 'producers import no handler',
      comment:
        'Share the definition; workers load *.handler.ts, and processes of a pool *.process.ts, by their settings.',
      from: { path: '^apps/[^/]+/src/', pathNot: handlers },
      to: { path: handlers },
    },
    {
      name: 'imports have no cycle',
      comment: 'Move what both need into a file of its own.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports lead somewhere',
      comment: 'Correct the name, or add the package to the dependencies.',
      from: { pathNot: '^apps/benchmarks/peers/' }, // which have a lockfile of their own, and are rarely installed
      to: { couldNotResolve: true },
    },
    {
      name: 'sources import what their package.json asks users to install',
      comment: 'Move it from devDependencies to dependencies or peerDependencies.',
      from: { path: '^packages/[^/]+/src/' },
      to: {
        pathNot: bundled.map((name) => `/node_modules/${name}/`),
        dependencyTypes: ['npm-dev', 'npm-no-pkg'],
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'],
      },
    },
  ]
}

function oneOf(role: string): string {
  const names = Object.entries(roles).filter(([, candidate]) => candidate === role)
  return names.map(([name]) => name).join('|')
}
