import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { entriesOf, type SqsRequest, violationsOf } from './limits.ts'

/** What a proxy does with a request instead of passing it on. */
export type Interference =
  /** SQS does as it is told, and nobody hears of it. */
  | 'lose the answer'
  /** It never arrives. */
  | 'cut'
  /** Refused as a whole. */
  | { readonly status: number; readonly error: string }
  /** Entries of the batch at these positions are refused; the others are done. */
  | { readonly refuse: readonly number[]; readonly code: string; readonly senderFault: boolean }

type Rule = (request: SqsRequest) => Interference | undefined

/** An answer on its way back. */
interface Answer {
  readonly status: number
  readonly body: string
}

/** A line to SQS that sees every request, and may interfere with it. */
export class SqsProxy {
  readonly requests: SqsRequest[] = []
  /** What SQS would have refused. */
  readonly violations: string[] = []
  /** The most receives that were under way at the same time. */
  mostReceives = 0
  readonly #server: Server
  readonly #target: URL
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 })
  #rules: Rule[] = []
  #receives = 0

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, outgoing) => {
      const cut = () => incoming.socket.destroy()
      this.#handle(incoming).then((answer) => {
        if (answer === undefined) cut()
        else
          outgoing.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body)
      }, cut)
    })
  }

  static async to(endpoint: string): Promise<SqsProxy> {
    const proxy = new SqsProxy(endpoint)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get endpoint(): string {
    // It listens on a port.
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  /** Interferes with the next requests of an action, as many as there are interferences. */
  next(action: string, ...interferences: readonly Interference[]): void {
    const left = [...interferences]
    this.#rules.push((request) => (request.action === action ? left.shift() : undefined))
  }

  /** Interferes with whatever the rule says, from now on. */
  always(rule: Rule): void {
    this.#rules.push(rule)
  }

  /** Lets everything through. */
  clear(): void {
    this.#rules = []
  }

  /** The requests of an action so far. */
  sent(action: string): readonly SqsRequest[] {
    return this.requests.filter((request) => request.action === action)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    this.#agent.destroy()
  }

  async #handle(incoming: IncomingMessage): Promise<Answer | undefined> {
    const body = await textOf(incoming)
    const action = String(incoming.headers['x-amz-target']).replace('AmazonSQS.', '')
    const request: SqsRequest = { action, input: JSON.parse(body) }
    this.requests.push(request)
    this.violations.push(...violationsOf(request))
    for (const rule of this.#rules) {
      const interference = rule(request)
      if (interference !== undefined) return await this.#interfere(interference, request, incoming)
    }
    return await this.#pass(incoming, body, action)
  }

  async #interfere(
    interference: Interference,
    request: SqsRequest,
    incoming: IncomingMessage,
  ): Promise<Answer | undefined> {
    const pass = (input: unknown) => this.#pass(incoming, JSON.stringify(input), request.action)
    if (interference === 'cut') return undefined
    if (interference === 'lose the answer') {
      await pass(request.input)
      return undefined
    }
    if ('status' in interference) {
      const { status, error } = interference
      return {
        status,
        body: JSON.stringify({ __type: `com.amazonaws.sqs#${error}`, message: 'set by a test' }),
      }
    }
    const { refuse, code, senderFault } = interference
    const kept = entriesOf(request).filter((_, position) => !refuse.includes(position))
    const done = kept.length === 0 ? '{}' : (await pass({ ...request.input, Entries: kept })).body
    const { Successful = [], Failed = [] } = JSON.parse(done)
    const refused = entriesOf(request).filter((_, position) => refuse.includes(position))
    const more = refused.map(({ Id }) => ({
      Id,
      SenderFault: senderFault,
      Code: code,
      Message: 'set by a test',
    }))
    return { status: 200, body: JSON.stringify({ Successful, Failed: [...Failed, ...more] }) }
  }

  async #pass({ headers }: IncomingMessage, body: string, action: string): Promise<Answer> {
    const isReceive = action === 'ReceiveMessage'
    if (isReceive) this.mostReceives = Math.max(this.mostReceives, ++this.#receives)
    try {
      return await this.#forward({ ...headers, 'content-length': String(Buffer.byteLength(body)) }, body)
    } finally {
      if (isReceive) this.#receives--
    }
  }

  #forward(headers: IncomingMessage['headers'], body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target
      const options = { hostname, port, method: 'POST', path: '/', headers, agent: this.#agent }
      const outgoing = httpRequest(options, (answer) => {
        textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 500, body: text }), reject)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString()
}
