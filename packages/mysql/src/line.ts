import { StoreError, systemClock } from '@tasq/core/driver'
import {
  type PooledConnection,
  plainly,
  type QueryRequest,
  takesManyStatements,
  withoutData,
} from './client.ts'
import { type Result, resultsOf } from './results.ts'
import type { Statements } from './sql.ts'

/** What is not answered within this time is taken to be lost, and its connection with it. */
const ANSWER_MS = 60_000
/** More than this in one packet only makes the server wait for the rest. */
const PACKET_CHARACTERS = 4 * 1024 * 1024

/** What the server takes at a time; known once it was asked. */
export interface PacketLimits {
  maxPacketBytes: number
}

/** One connection, as procedures use it: statements go out together, in as few packets as it takes. */
export class Line {
  /** Whether it is of the user's pool, whose settings are the user's. */
  readonly isForeign: boolean
  readonly #connection: PooledConnection
  readonly #takesMany: boolean
  readonly #limits: PacketLimits
  #isPrepared = false
  #isDestroyed = false
  /** Ends the call that is under way. */
  #fail: ((error: unknown) => void) | undefined

  constructor(connection: PooledConnection, isForeign: boolean, limits: PacketLimits) {
    this.#connection = connection
    this.#limits = limits
    this.isForeign = isForeign
    this.#takesMany = takesManyStatements(connection)
  }

  /** Sends what a new connection begins with, once. */
  async prepare(statements: Statements | undefined): Promise<void> {
    if (this.#isPrepared) return
    if (statements !== undefined) await this.run(statements)
    this.#isPrepared = true
  }

  /**
   * Carries statements out in their order, up to the first that fails.
   * @throws what mysql2 says.
   */
  async run(statements: Statements): Promise<readonly Result[]> {
    const results: Result[] = []
    for (let start = 0; start < statements.length; ) {
      const packet = this.#packet(statements, start)
      start += packet.length
      results.push(...(await this.#send(packet)))
    }
    return results
  }

  giveBack(): void {
    if (!this.#isDestroyed) this.#connection.release()
  }

  destroy(reason: unknown): void {
    this.#isDestroyed = true
    this.#connection.destroy()
    this.#fail?.(reason)
  }

  /** As many of them as one packet takes, from a place on. */
  #packet(statements: Statements, start: number): Statements {
    if (!this.#takesMany) return statements.slice(start, start + 1)
    let end = start
    for (let characters = 0; end < statements.length; end++) {
      characters += statements[end]?.length ?? 0
      if (characters > PACKET_CHARACTERS && end > start) break
    }
    return start === 0 && end === statements.length ? statements : statements.slice(start, end)
  }

  #send(packet: Statements): Promise<readonly Result[]> {
    const sql = packet.join(';\n')
    return new Promise((resolve, reject) => {
      // All but ASCII is written in it as digits, so that a character is a byte.
      if (sql.length > this.#limits.maxPacketBytes) return reject(tooLarge(sql.length, this.#limits))
      const timer = systemClock.setTimeout(() => this.destroy(noAnswer()), ANSWER_MS)
      const over = () => {
        systemClock.clearTimeout(timer)
        this.#fail = undefined
      }
      this.#fail = (error) => {
        over()
        reject(error)
      }
      this.#connection.query(this.#request(sql), (error, result) => {
        over()
        if (error) reject(withoutData(error))
        else resolve(resultsOf(result, packet.length))
      })
    })
  }

  #request(sql: string): QueryRequest {
    if (!this.isForeign) return { sql }
    return { sql, rowsAsArray: true, namedPlaceholders: false, typeCast: plainly }
  }
}

function noAnswer(): StoreError {
  return new StoreError('TASQ_STORE_UNAVAILABLE', `MySQL has not answered within ${ANSWER_MS} ms.`, {
    nextStep: 'See whether the server is reachable, and what it is busy with (SHOW PROCESSLIST).',
    retryable: true,
  })
}

/** Refused here, because some servers end the connection over it, and then nobody could tell what became of the call. */
function tooLarge(bytes: number, { maxPacketBytes }: PacketLimits): StoreError {
  const problem = `A statement of ${bytes} bytes is larger than the ${maxPacketBytes} that the server takes.`
  return new StoreError('TASQ_STORE_FAILED', problem, {
    nextStep: 'Raise max_allowed_packet on the server, or make headers smaller.',
  })
}
