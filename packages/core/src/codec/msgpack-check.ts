import { FORBIDDEN_KEY, MAX_DEPTH, TOO_DEEP } from './payload-shape.ts'

/** The types of extensions that msgpackr writes; what else there is could make it read one byte many times. */
const UNDEFINED = 0x00
const DATE = 0xff
const BIG_INTEGER = 0x42
const TYPED_ARRAY = 0x74
const SET = 0x73
const ERROR = 0x65
const PATTERN = 0x78
const RECORD = 0x72

/** How many bytes follow the first one of a value whose size is fixed; -1 where it is not. */
const FIXED = new Int8Array(256).fill(-1)
for (const token of [192, 194, 195]) FIXED[token] = 0
for (const token of [204, 208]) FIXED[token] = 1
for (const token of [205, 209]) FIXED[token] = 2
for (const token of [202, 206, 210]) FIXED[token] = 4
for (const token of [203, 207, 211]) FIXED[token] = 8

interface Sized {
  /** How many bytes its size takes. */
  readonly header: number
  readonly kind: 'bytes' | 'list' | 'map' | 'extension'
}

const SIZED: Readonly<Record<number, Sized>> = {
  ...{ 196: sized(1, 'bytes'), 197: sized(2, 'bytes'), 198: sized(4, 'bytes') },
  ...{ 199: sized(1, 'extension'), 200: sized(2, 'extension'), 201: sized(4, 'extension') },
  ...{ 217: sized(1, 'bytes'), 218: sized(2, 'bytes'), 219: sized(4, 'bytes') },
  ...{ 220: sized(2, 'list'), 221: sized(4, 'list') },
  ...{ 222: sized(2, 'map'), 223: sized(4, 'map') },
}

function sized(header: number, kind: Sized['kind']): Sized {
  return { header, kind }
}

/** What a record's definition says: how many values each has, and which of them would be a danger. */
interface Structure {
  readonly size: number
  /** Which of its values stands under `constructor`; -1 where none does. */
  readonly constructorAt: number
  readonly hasPrototype: boolean
  /** A reference to it has a second byte. */
  readonly isLong: boolean
}

const encoder = new TextEncoder()
const PROTO = encoder.encode('__proto__')
const CONSTRUCTOR = encoder.encode('constructor')
const PROTOTYPE = encoder.encode('prototype')

/**
 * Looks through MessagePack before it is read: whoever can write to the backend can write any bytes. Afterwards it is known that it is no
 * deeper than it may be, has all that it announces, names no prototype, and makes its reader do nothing but make plain data.
 * @param start where it begins.
 * @param hasRecords whether records, msgpackr's way to write objects beside Maps, may be in it.
 * @throws TypeError, RangeError
 */
export function checkMsgpack(bytes: Uint8Array, start: number, hasRecords: boolean): void {
  if (start === 0 && isFlat(bytes)) return
  new Check(bytes, start, hasRecords).run()
}

const UNDERSCORE = 0x5f
const TEXT_8 = 0xd9
/** Begins no value. */
const NOTHING = 0xc1

/**
 * Whether it is one small object of numbers and short texts, and no more. Most payloads are; so much is seen three times as fast. Without
 * objects in it, `__proto__` is the only key that could do harm.
 */
function isFlat(bytes: Uint8Array): boolean {
  const token = bytes[0] ?? NOTHING
  if (token < 0x80 || token > 0x8f) return false
  let at = 1
  for (let left = token & 0x0f; left > 0; left--) {
    const key = bytes[at] ?? NOTHING
    if (key < 0xa0 || key > 0xbf || bytes[at + 1] === UNDERSCORE) return false
    at += 1 + (key & 0x1f)
    const value = bytes[at] ?? NOTHING
    const fixed = FIXED[value] ?? -1
    if (value < 0x80 || value >= 0xe0) at += 1
    else if (value >= 0xa0 && value < 0xc0) at += 1 + (value & 0x1f)
    else if (fixed >= 0) at += 1 + fixed
    else if (value === TEXT_8) at += 2 + (bytes[at + 1] ?? bytes.length)
    else return false
  }
  return at === bytes.length
}

class Check {
  readonly #bytes: Uint8Array
  readonly #structures: Map<number, Structure> | undefined
  #at: number

  constructor(bytes: Uint8Array, start: number, hasRecords: boolean) {
    this.#bytes = bytes
    this.#at = start
    this.#structures = hasRecords ? new Map() : undefined
  }

  run(): void {
    this.#value(1, false)
    if (this.#at !== this.#bytes.length)
      throw new RangeError(`there is more after its end, at byte ${this.#at}`)
  }

  /** @param isConstructor whether it stands under the key `constructor`. */
  #value(depth: number, isConstructor: boolean): void {
    const token = this.#byte()
    if (token < 0x40 || token >= 0xe0) return
    if (token < 0x80) this.#reference(token & 0x3f, depth, isConstructor)
    else if (token < 0x90) this.#map(token & 0x0f, depth, isConstructor)
    else if (token < 0xa0) this.#array(token & 0x0f, depth)
    else if (token < 0xc0) this.#skip(token & 0x1f)
    else this.#marked(token, depth, isConstructor)
  }

  #marked(token: number, depth: number, isConstructor: boolean): void {
    const fixed = FIXED[token] ?? -1
    const sized = SIZED[token]
    if (fixed >= 0) this.#skip(fixed)
    else if (token >= 0xd4 && token <= 0xd8) this.#extension(1 << (token - 0xd4), depth, true, isConstructor)
    else if (sized === undefined) throw new TypeError(`byte ${this.#at - 1} begins no value`)
    else if (sized.kind === 'map') this.#map(this.#number(sized.header), depth, isConstructor)
    else if (sized.kind === 'list') this.#array(this.#number(sized.header), depth)
    else if (sized.kind === 'extension') this.#extension(this.#number(sized.header), depth, false, false)
    else this.#skip(this.#number(sized.header))
  }

  #array(size: number, depth: number): void {
    this.#enter(size, depth)
    for (let index = 0; index < size; index++) this.#value(depth + 1, false)
  }

  /** Beside records, a map becomes a Map, in which no key does harm. */
  #map(size: number, depth: number, isConstructor: boolean): void {
    this.#enter(2 * size, depth)
    for (let index = 0; index < size; index++) {
      const start = this.#at
      this.#value(depth + 1, false)
      const isObject = this.#structures === undefined
      if (isObject) this.#refuseKey(start, isConstructor)
      this.#value(depth + 1, isObject && this.#endsWith(start, CONSTRUCTOR))
    }
  }

  #refuseKey(start: number, isConstructor: boolean): void {
    if (this.#endsWith(start, PROTO) || (isConstructor && this.#endsWith(start, PROTOTYPE))) {
      throw new TypeError(FORBIDDEN_KEY)
    }
  }

  #enter(values: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new TypeError(TOO_DEEP)
    if (values > this.#bytes.length - this.#at) throw new RangeError('it announces more values than it has')
  }

  /** @param isShort whether its size stands in its first byte: only then a value may follow. */
  #extension(size: number, depth: number, isShort: boolean, isConstructor: boolean): void {
    const type = this.#byte()
    if (type === RECORD && isShort && size <= 2 && this.#structures !== undefined) {
      this.#definition(size, depth, isConstructor)
      return
    }
    this.#skip(size)
    if (type === SET || type === ERROR || type === PATTERN) {
      if (!isShort || size !== 1) throw new TypeError(`its extension ${type} has a wrong size`)
      if (!isList(this.#bytes[this.#at])) throw new TypeError(`its extension ${type} has no list`)
      this.#value(depth, false)
    } else if (type !== UNDEFINED && type !== DATE && type !== BIG_INTEGER && type !== TYPED_ARRAY) {
      throw new TypeError(`it has an extension ${type}, which no payload has`)
    } else if (size === 0) throw new RangeError(`its extension ${type} is empty`)
  }

  /** A record's first use: its number, its keys, its values. */
  #definition(size: number, depth: number, isConstructor: boolean): void {
    const low = this.#byte() & 0x3f
    const high = size === 2 ? this.#byte() : undefined
    const keys = this.#keys()
    const structure: Structure = {
      size: keys.length,
      constructorAt: keys.findIndex((start) => this.#endsWith(start, CONSTRUCTOR)),
      hasPrototype: keys.some((start) => this.#endsWith(start, PROTOTYPE)),
      isLong: high === 0,
    }
    if (keys.some((start) => this.#endsWith(start, PROTO))) throw new TypeError(FORBIDDEN_KEY)
    this.#structures?.set(high === undefined ? low : low + 64 * high, structure)
    this.#record(structure, depth, isConstructor)
  }

  /** Where each key begins. */
  #keys(): readonly number[] {
    const token = this.#byte()
    if (!isList(token)) throw new TypeError('a record of it has no list of keys')
    const size = token < 0xa0 ? token & 0x0f : this.#number(token === 0xdc ? 2 : 4)
    this.#enter(size, 1)
    const starts: number[] = []
    for (let index = 0; index < size; index++) {
      starts.push(this.#at)
      this.#value(MAX_DEPTH + 1, false) // a key is text: nothing that nests
    }
    return starts
  }

  /** Beside no records it is a small number, as is one that nothing was defined for. */
  #reference(low: number, depth: number, isConstructor: boolean): void {
    let structure = this.#structures?.get(low)
    if (structure?.isLong === true) {
      const high = this.#byte()
      structure = this.#structures?.get(low + 64 * high)
      if (structure === undefined) throw new TypeError('it has a record that was not defined')
    }
    if (structure !== undefined) this.#record(structure, depth, isConstructor)
  }

  #record({ size, constructorAt, hasPrototype }: Structure, depth: number, isConstructor: boolean): void {
    if (isConstructor && hasPrototype) throw new TypeError(FORBIDDEN_KEY)
    this.#enter(size, depth)
    for (let index = 0; index < size; index++) this.#value(depth + 1, index === constructorAt)
  }

  /** Whether the text from `start` to here ends so; as a text begins with its length, it is the whole of it. */
  #endsWith(start: number, text: Uint8Array): boolean {
    const from = this.#at - text.length
    const header = from - start
    if (header < 1 || header > 5 || this.#bytes[from] !== text[0]) return false
    for (let index = 1; index < text.length; index++) {
      if (this.#bytes[from + index] !== text[index]) return false
    }
    const token = this.#bytes[start] ?? 0
    return header === 1 ? token === 0xa0 + text.length : token >= 0xd9 && token <= 0xdb
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('it ends too early')
    return byte
  }

  #number(size: number): number {
    let value = 0
    for (let index = 0; index < size; index++) value = value * 256 + this.#byte()
    return value
  }

  #skip(size: number): void {
    this.#at += size
    if (this.#at > this.#bytes.length) throw new RangeError('it ends too early')
  }
}

function isList(token: number | undefined): boolean {
  return token !== undefined && ((token >= 0x90 && token < 0xa0) || token === 0xdc || token === 0xdd)
}
