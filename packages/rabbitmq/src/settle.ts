import { encodeLetter, letterOf } from '@tasq/broker-kernel'
import type { Bury, Release, Retry, SettleAnswer, Settlement } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { declareFor, messagesOf } from './enqueue.ts'
import { toStoreError } from './errors.ts'
import type { Intake } from './intake.ts'
import type { Held } from './leases.ts'
import type { Outgoing, Published } from './publisher.ts'
import { headers } from './tasks.ts'

/** At least so many tokens that have settled are remembered, in case they are settled again. */
const MOST_REMEMBERED = 20_000

interface Job {
  readonly settlement: Settlement
  readonly held: Held
  /** Its place in the call. */
  readonly index: number
  /** Resolves when its answer stands. */
  readonly over: Promise<void>
  answer: SettleAnswer
}

/**
 * Writes settlements. What a task becomes, and what follows it, is sent and confirmed first, and only then is its message acknowledged:
 * whatever fails between the two leaves one too many and never one too few.
 */
export class Settler {
  readonly #backend: Backend
  /** Tokens that have settled, and those whose settlement is under way. */
  #settled = new Set<string>()
  #settledBefore: ReadonlySet<string> = new Set()
  readonly #running = new Map<string, Job>()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const intake = this.#backend.openIntake
    const over = Promise.withResolvers<void>()
    const answers: SettleAnswer[] = []
    const jobs: Job[] = []
    const others: Promise<void>[] = []
    settlements.forEach((settlement, index) => {
      const { token } = settlement.lease
      const running = this.#running.get(token)
      const held = intake?.leases.find(settlement.lease)
      if (running !== undefined) {
        others.push(
          running.over.then(() => {
            answers[index] = running.answer
          }),
        )
      } else if (held === undefined) {
        answers[index] = this.#hasSettled(token) ? 'settled' : 'lost'
      } else {
        const job: Job = { settlement, held, index, over: over.promise, answer: 'lost' }
        jobs.push(job)
        held.settling = true
        this.#running.set(token, job)
      }
    })
    try {
      if (intake !== undefined) await this.#write(intake, jobs)
    } finally {
      for (const { held } of jobs) {
        held.settling = false
        this.#running.delete(held.lease.token)
      }
      over.resolve()
    }
    for (const { index, answer } of jobs) answers[index] = answer
    await Promise.all(others)
    return answers
  }

  async #write(intake: Intake, jobs: readonly Job[]): Promise<void> {
    const sending = jobs.filter(({ settlement }) => sendsMessages(settlement))
    if (sending.length > 0) await this.#send(sending)
    const written = jobs.filter(({ answer }) => answer === 'lost' || answer === 'settled')
    const isHeard = await acknowledge(intake, written)
    for (const job of written) {
      // What was sent is stored, also where its old message comes again.
      if (isHeard) job.answer = 'settled'
      if (job.answer === 'settled') this.#remember(job.held.lease.token)
    }
  }

  /** Those that could not be sent are answered, and stay held. */
  async #send(jobs: readonly Job[]): Promise<void> {
    const declared = await this.#declareFor(jobs)
    const messages = declared.map(({ settlement, held }) => this.#messagesOf(settlement, held))
    const published = await this.#backend.publish(messages.flat())
    let start = 0
    declared.forEach((job, index) => {
      const sent = messages[index] ?? []
      note(job, sent, published.slice(start, start + sent.length))
      start += sent.length
    })
  }

  async #declareFor(jobs: readonly Job[]): Promise<readonly Job[]> {
    const declared: Job[] = []
    for (const job of jobs) {
      try {
        await this.#declare(job.settlement)
        declared.push(job)
      } catch (error) {
        job.answer = { rejected: toStoreError(error, this.#backend.options.where) }
      }
    }
    return declared
  }

  async #declare(settlement: Settlement): Promise<void> {
    const { tasks, topology, publishing } = this.#backend
    const { queue } = settlement.lease
    if (settlement.kind === 'complete') await declareFor(this.#backend, settlement.followUps ?? [])
    else if (settlement.kind === 'deadLetter') await topology.dead(publishing, queue)
    else if ('delayMs' in settlement)
      await tasks.declareFor(publishing, [{ queue, delayMs: settlement.delayMs }])
  }

  #messagesOf(settlement: Settlement, held: Held): readonly Outgoing[] {
    switch (settlement.kind) {
      case 'complete': {
        const { followUps = [] } = settlement
        return messagesOf(
          this.#backend,
          followUps.filter(({ envelope }) => !held.sent.has(envelope.id)),
        )
      }
      case 'deadLetter':
        return [letterMessage(this.#backend, settlement, held)]
      case 'retry':
      case 'release':
        return [this.#again(settlement, held)]
      case 'cancel':
        return []
    }
  }

  /** The task as it waits for its next attempt. */
  #again(
    { kind, delayMs, attempts, history }: Retry | Release,
    { task, arrived, redeliveries }: Held,
  ): Outgoing {
    const { tasks, options } = this.#backend
    const now = Math.round(options.clock.now())
    const { source } = arrived.tap
    // Handed back, it was not tried: what the server has counted still counts.
    const kept = kind === 'release' && redeliveries > 0 ? { [headers.redeliveries]: redeliveries } : undefined
    if (task !== undefined) {
      const next = { ...task, attempts, history, readyAt: now + Math.max(0, delayMs) }
      return tasks.messageOf(next, delayMs, now, kept)
    }
    const { message } = arrived
    const id = String(message.properties.messageId ?? '')
    const given = { ...kept, [headers.attempts]: attempts }
    const place = { queue: source.queue, band: source.band, delayMs }
    return tasks.place(place, { id, body: message.content, headers: given }, now)
  }

  #hasSettled(token: string): boolean {
    return this.#settled.has(token) || this.#settledBefore.has(token)
  }

  /** In two generations: to look for the oldest one in a Set of many takes longer than all else. */
  #remember(token: string): void {
    if (this.#settled.size >= MOST_REMEMBERED) {
      this.#settledBefore = this.#settled
      this.#settled = new Set()
    }
    this.#settled.add(token)
  }
}

/** Answers whether the server has heard of it. */
async function acknowledge(intake: Intake, jobs: readonly Job[]): Promise<boolean> {
  for (const { held } of jobs) intake.leases.release(held)
  return await intake.acknowledge(jobs.map(({ held }) => held.arrived))
}

function sendsMessages(settlement: Settlement): boolean {
  if (settlement.kind === 'complete') return (settlement.followUps?.length ?? 0) > 0
  return settlement.kind !== 'cancel'
}

/** What became of what a settlement has sent. A completion is not written by that: only when its own message is answered. */
function note(job: Job, sent: readonly Outgoing[], published: readonly Published[]): void {
  const failed = published.find((answer) => answer !== 'confirmed')
  if (failed !== undefined) job.answer = { rejected: failed.error }
  else if (job.settlement.kind !== 'complete') job.answer = 'settled'
  if (job.settlement.kind !== 'complete' || failed === undefined) return
  const confirmed = sent.filter((_, index) => published[index] === 'confirmed')
  job.held.sent = new Set([...job.held.sent, ...confirmed.map(({ id }) => id)])
}

function letterMessage({ names, options }: Backend, bury: Bury, { arrived }: Held): Outgoing {
  const letter = letterOf(bury, Math.round(options.clock.now()))
  return {
    exchange: names.exchange,
    key: names.deadKey(bury.lease.queue),
    id: bury.lease.id,
    type: 'letter',
    body: encodeLetter(letter, arrived.message.content),
    expiresInMs: bury.keepMs,
  }
}
