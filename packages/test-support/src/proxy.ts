import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

interface Link {
  readonly client: Socket
  readonly server: Socket
}

/** A line between a client and a server of the tests that can be cut; gone with the running test. */
export class CuttableProxy {
  readonly #server: Server
  readonly #links = new Set<Link>()
  #target: number
  #isRefusing = false
  /** How many answers still pass before one is lost; `undefined` where none is to be lost. */
  #passing: number | undefined
  /** The connection that the first request came on since. */
  #doomed: Link | undefined

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  /** Between whoever connects to its port and a port of this machine. */
  static async to(target: number): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => proxy.close())
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed')
    return address.port
  }

  /** Cuts every connection, now. */
  cut(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy()
      server.destroy()
    }
  }

  /** Cuts every connection and lets none through until `restore`. */
  interrupt(): void {
    this.#isRefusing = true
    this.cut()
  }

  restore(): void {
    this.#isRefusing = false
  }

  /** Leads to another port from now on, as after a failover; what was connected is cut. */
  retarget(target: number): void {
    this.#target = target
    this.cut()
  }

  /**
   * Cuts the connection of the next request when its answer number `index` comes, from 0: the server has done what it was
   * asked, and nobody was told. An operation that takes several round trips has as many answers.
   */
  loseAnswer(index: number): void {
    this.#passing = index
    this.#doomed = undefined
  }

  /** Loses none any more; answers whether one was lost since `loseAnswer`. */
  settle(): boolean {
    const isLost = this.#passing === undefined
    this.#passing = undefined
    this.#doomed = undefined
    return isLost
  }

  async close(): Promise<void> {
    this.interrupt()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    if (this.#isRefusing) {
      client.resetAndDestroy()
      return
    }
    const server = connect(this.#target, '127.0.0.1')
    const link = { client, server }
    this.#links.add(link)
    const part = () => {
      this.#links.delete(link)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', part).on('close', part)
    client.on('data', (request) => {
      if (this.#passing !== undefined) this.#doomed ??= link
      server.write(request)
    })
    server.on('data', (answer) => {
      if (this.#doomed === link && this.#passing === 0) this.#lose(link)
      else {
        if (this.#doomed === link && this.#passing !== undefined) this.#passing--
        client.write(answer)
      }
    })
  }

  #lose({ client, server }: Link): void {
    this.#passing = undefined
    this.#doomed = undefined
    client.resetAndDestroy()
    server.destroy()
  }
}
