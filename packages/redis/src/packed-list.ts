// Lists of text and bytes as scripts read and write them: MessagePack arrays, of whose types only strings occur.

const ARRAY_HEADER = 3
const MOST_ITEMS = 0xffff

/** How many bytes a list of so many items takes beside the items. */
export function listSize(items: number): number {
  if (items > MOST_ITEMS) throw new RangeError(`a list of ${items} items`)
  return ARRAY_HEADER
}

/** How many bytes an item of so many bytes takes. */
export function itemSize(bytes: number): number {
  return bytes + (bytes < 0x100 ? 2 : bytes < 0x10000 ? 3 : 5)
}

/** Writes lists one after another into a buffer of the right size. */
export class ListWriter {
  readonly buffer: Buffer
  #at = 0

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size)
  }

  list(items: number): void {
    const { buffer } = this
    buffer[this.#at++] = 0xdc
    buffer[this.#at++] = items >> 8
    buffer[this.#at++] = items & 0xff
  }

  /** @param bytes how many bytes the text takes as UTF-8. */
  text(text: string, bytes: number): void {
    this.item(bytes)
    this.#at += this.buffer.write(text, this.#at)
  }

  bytes(bytes: Uint8Array): void {
    this.item(bytes.length)
    this.raw(bytes)
  }

  /** Begins an item of so many bytes, which follow by `raw`, `byte` and `integer`. */
  item(bytes: number): void {
    const { buffer } = this
    if (bytes < 0x100) {
      buffer[this.#at++] = 0xd9
    } else if (bytes < 0x10000) {
      buffer[this.#at++] = 0xda
      buffer[this.#at++] = bytes >> 8
    } else {
      buffer[this.#at++] = 0xdb
      buffer[this.#at++] = bytes >>> 24
      buffer[this.#at++] = bytes >>> 16
      buffer[this.#at++] = bytes >>> 8
    }
    buffer[this.#at++] = bytes
  }

  raw(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  byte(value: number): void {
    this.buffer[this.#at++] = value
  }

  /** Four bytes, the highest first. */
  integer(value: number): void {
    const { buffer } = this
    buffer[this.#at++] = value >>> 24
    buffer[this.#at++] = value >>> 16
    buffer[this.#at++] = value >>> 8
    buffer[this.#at++] = value
  }
}

/** One list of these items. */
export function packList(items: readonly (string | Uint8Array)[]): Buffer {
  let size = listSize(items.length)
  const sizes = items.map((item) => (typeof item === 'string' ? Buffer.byteLength(item) : item.length))
  for (const bytes of sizes) size += itemSize(bytes)
  const writer = new ListWriter(size)
  writer.list(items.length)
  items.forEach((item, index) => {
    if (typeof item === 'string') writer.text(item, sizes[index] ?? 0)
    else writer.bytes(item)
  })
  return writer.buffer
}

/** Reads lists one after another, item by item: where the item begins and ends, and what it is where that is asked for. */
export class ListReader {
  readonly buffer: Buffer
  /** Where the item that was read last begins. */
  start = 0
  /** Where it ends. */
  end = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  /** Begins the next list; gives how many items it has. An empty table of a script is written as a map. */
  list(): number {
    const type = this.#byte()
    if (type >= 0x90 && type <= 0x9f) return type & 0x0f
    if (type === 0x80) return 0
    if (type === 0xdc) return this.#integer(2)
    if (type === 0xdd) return this.#integer(4)
    throw new RangeError(`no list: type ${type} at ${this.end - 1}`)
  }

  /** Goes to the next item. */
  next(): void {
    const type = this.#byte()
    let bytes: number
    if (type >= 0xa0 && type <= 0xbf) bytes = type & 0x1f
    else if (type === 0xd9) bytes = this.#byte()
    else if (type === 0xda) bytes = this.#integer(2)
    else if (type === 0xdb) bytes = this.#integer(4)
    else throw new RangeError(`no text or bytes: type ${type} at ${this.end - 1}`)
    this.start = this.end
    this.end += bytes
  }

  text(): string {
    this.next()
    return this.buffer.toString('utf8', this.start, this.end)
  }

  bytes(): Buffer {
    this.next()
    return this.buffer.subarray(this.start, this.end)
  }

  #byte(): number {
    return this.buffer[this.end++] ?? 0
  }

  #integer(bytes: number): number {
    let value = 0
    for (let index = 0; index < bytes; index++) value = value * 0x100 + this.#byte()
    return value
  }
}

/** The items of one list, as bytes. */
export function unpackList(buffer: Buffer): readonly Buffer[] {
  const reader = new ListReader(buffer)
  return Array.from({ length: reader.list() }, () => reader.bytes())
}
