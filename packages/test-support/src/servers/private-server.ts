import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How a kind of server is run. */
export interface ServerKind {
  /** Names it in messages. */
  readonly name: string
  /** Fills an empty folder with what it needs to start; done once. */
  prepare?(folder: string): void
  /** The program and its arguments. */
  command(folder: string, port: number): readonly string[]
  /** What it finds in its environment beside what is in ours. @default nothing */
  environment?(folder: string, port: number): Readonly<Record<string, string>>
  /** A line of its log that tells that it takes connections. */
  readonly ready: RegExp
  /** The signal for an orderly end. @default 'SIGTERM' */
  readonly stopSignal?: NodeJS.Signals
}

/** How long a server may take to start or to stop. */
const PATIENCE_MS = 60_000
/** Another test may have taken a port between its choice and its use. */
const PORTS_TRIED = 5
const LOG_CHARACTERS = 20_000

/** Those of this process that are not disposed of. */
const servers = new Set<PrivateServer>()

/** For a process that ends and can wait for nothing. */
function endAll(): void {
  const left = [...servers]
  servers.clear()
  for (const server of left) server.abandon()
  for (const { folder } of left) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
}

process.on('exit', endAll)
// A signal that nobody handles ends a process without that event.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll()
    process.kill(process.pid, signal) // now for those who handle it by ending the process, and else for the system
  })
}

/**
 * A server of the tests' own: in a folder of its own, on a port of its own, with none but its own process touched. Its data outlives
 * `stop` and `kill`, so that it can be started again; `dispose` removes all of it. It dies with the process that started it.
 */
export class PrivateServer {
  readonly folder: string
  readonly #kind: ServerKind
  #port = 0
  #child: ChildProcess | undefined
  #log = ''

  private constructor(kind: ServerKind) {
    this.#kind = kind
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), `tasq-${kind.name}-`)))
    servers.add(this)
  }

  /** @throws Error that says what is missing, or with the end of its log where it does not start. */
  static async start(kind: ServerKind): Promise<PrivateServer> {
    const server = new PrivateServer(kind)
    try {
      kind.prepare?.(server.folder)
      for (let attempt = 1; ; attempt++) {
        server.#port = await freePort()
        try {
          await server.start()
          return server
        } catch (error) {
          if (attempt === PORTS_TRIED || !/in use/i.test(String(error))) throw error
        }
      }
    } catch (error) {
      await server.dispose()
      throw error
    }
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What it has logged lately. */
  get log(): string {
    return this.#log
  }

  /** Starts it again, on the same port and data. */
  async start(): Promise<void> {
    const [program = '', ...args] = dyingWithUs(this.#kind.command(this.folder, this.#port))
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...process.env, ...this.#kind.environment?.(this.folder, this.#port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#log = ''
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const fail = (reason: string) => reject(new Error(`${this.#kind.name} ${reason}:\n${this.#log}`))
    const note = (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_CHARACTERS)
      if (this.#kind.ready.test(this.#log)) resolve()
    }
    child.stdout.setEncoding('utf8').on('data', note)
    child.stderr.setEncoding('utf8').on('data', note)
    child.on('error', (error) => fail(`could not be started (${error.message})`))
    child.on('exit', (code, signal) => fail(`ended with ${code ?? signal} before it took connections`))
    const timer = setTimeout(() => fail(`takes no connections after ${PATIENCE_MS} ms`), PATIENCE_MS)
    await promise.finally(() => clearTimeout(timer))
  }

  /** Ends it in good order; its data stays. */
  async stop(): Promise<void> {
    await this.#end(this.#kind.stopSignal ?? 'SIGTERM')
  }

  /** Ends it as a power cut would; its data stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** It keeps its connections and answers nothing, until it is resumed. */
  pause(): void {
    this.#child?.kill('SIGSTOP') // first, so that it makes no further processes
    signal(childrenOf(this.pid), 'SIGSTOP')
  }

  resume(): void {
    signal(childrenOf(this.pid), 'SIGCONT')
    this.#child?.kill('SIGCONT')
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill()
    servers.delete(this)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }

  /** Ends it without waiting for that. */
  abandon(): void {
    this.#child?.kill('SIGKILL')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    this.resume() // a paused one could not hear anything else
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    await exited
    clearTimeout(timer)
  }
}

/** Where the system can see to it, a server does not outlive the tests that were killed before they could stop it. */
function dyingWithUs(command: readonly string[]): readonly string[] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'SIGKILL', '--', ...command] : command
}

/** The processes that a process has made: of some servers, each serves one connection. */
function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []))
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Runs a program that must succeed. @throws Error with what it printed. */
export function runToEnd(program: string, args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status === 0) return
  throw new Error(`${program} failed (${error?.message ?? `exit code ${status}`}):\n${stdout}${stderr}`)
}

/** A port that nobody listens on, below those that the system gives to outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise((resolve) => server.close(resolve))
    if (isFree) return port
  }
}
