import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cpuOfMachine, cpuOfTree } from './clock.ts'
import type { OpenPlace } from './place.ts'
import type { ChildCall, ChildMessage, ChildResult, Role } from './role.ts'
import type { Features, Subject } from './subjects/subject.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
/** A run that takes longer is broken, but for a soak, which has its own time besides. */
const PATIENCE_MS = 10 * 60_000

/** A role in a process of its own, which waits to be told to begin. */
export interface Prepared {
  begin(): Promise<ChildResult>
  /** Tells a worker that shares its work with others that all is done. */
  end(): void
  /** How many tasks such a worker has run so far. */
  ran(): number
}

/** How much one run is. */
export interface RunSize {
  readonly tasks: number
  readonly soakSeconds: number
}

/** One measurement of one subject: processes in their roles, on a place of its own. */
export class Bench {
  readonly subject: Subject
  /** How many tasks a usual run has. */
  readonly tasks: number
  /** How long a soak lasts. */
  readonly soakSeconds: number
  readonly #open: OpenPlace
  readonly #features: Features
  readonly #children: ChildProcess[] = []

  constructor(subject: Subject, open: OpenPlace, { tasks, soakSeconds }: RunSize, features: Features) {
    this.subject = subject
    this.tasks = tasks
    this.soakSeconds = soakSeconds
    this.#open = open
    this.#features = features
  }

  /** Starts a role; it waits to be told to begin. */
  async prepare(role: Role): Promise<Prepared> {
    const call: ChildCall = {
      backend: this.subject.backend,
      subject: this.subject.name,
      place: this.#open.place,
      features: this.#features,
      role,
    }
    const child = spawn(process.execPath, ['--no-warnings', '--expose-gc', CHILD, JSON.stringify(call)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#children.push(child)
    const listening = listen(child, `${this.subject.name} (${role.kind})`, patienceOf(role))
    listening.result.catch(() => undefined) // told where it is awaited
    await listening.ready
    const tell = () => void child.send('go on')
    return {
      begin: () => {
        tell()
        return listening.result
      },
      end: tell,
      ran: listening.ran,
    }
  }

  /** Runs a role from its beginning to its end. */
  async run(role: Role): Promise<ChildResult> {
    return await (await this.prepare(role)).begin()
  }

  /** Stores tasks for others to work on. */
  async fill(tasks: number, extraBytes = 0): Promise<void> {
    if (this.subject.backend === 'memory') return // whoever works on them stores them
    const { left } = await this.run({ kind: 'enqueueMany', tasks, batch: 1_000, extraBytes })
    if (left !== tasks) throw new Error(`${left} of ${tasks} tasks are stored: no figure`)
    await this.settle()
  }

  /** Does what the server does by itself within a minute after it was filled. */
  async settle(): Promise<void> {
    await this.#open.settle?.()
  }

  /** How many tasks are left, as a new process sees it: what a worker held is there again when its connection is closed. */
  async left(): Promise<number> {
    return (await this.run({ kind: 'count' })).left
  }

  /** CPU time of the servers, in ms. */
  serverCpuMs(): number {
    return this.#open.serverPids.reduce((sum, pid) => sum + cpuOfTree(pid), 0)
  }

  /** CPU time that others took on this machine while some work was done, as a share of one core. */
  async disturbance(work: () => Promise<void>): Promise<number> {
    const ours = () => cpuOfTree(process.pid)
    const [machine, own, start] = [cpuOfMachine(), ours(), performance.now()]
    await work()
    const others = cpuOfMachine() - machine - (ours() - own)
    return Math.max(0, others / (performance.now() - start))
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    await this.#open.close()
  }
}

interface Listening {
  readonly ready: Promise<void>
  readonly result: Promise<ChildResult>
  readonly ran: () => number
}

function patienceOf(role: Role): number {
  return PATIENCE_MS + (role.kind === 'soak' ? role.seconds * 1_000 : 0)
}

function listen(child: ChildProcess, name: string, patienceMs: number): Listening {
  const ready = Promise.withResolvers<void>()
  const result = Promise.withResolvers<ChildResult>()
  let ran = 0
  let errors = ''
  const fail = (reason: string) => {
    const error = new Error(`${name} ${reason}${errors === '' ? '' : `:\n${errors}`}`)
    ready.reject(error)
    result.reject(error)
  }
  const timer = setTimeout(() => {
    fail(`has not ended after ${patienceMs} ms`)
    child.kill('SIGKILL')
  }, patienceMs)
  child.stderr?.on('data', (text) => {
    errors = (errors + String(text)).slice(-4_000)
  })
  child.on('message', (message: ChildMessage) => {
    if (message.kind === 'ready') ready.resolve()
    else if (message.kind === 'progress') ran = message.ran
    else result.resolve(message.result)
  })
  child.on('error', (error) => fail(error.message))
  child.on('close', (code, signal) => {
    clearTimeout(timer)
    fail(`ended with ${code ?? signal} and without a result`)
  })
  return { ready: ready.promise, result: result.promise, ran: () => ran }
}
