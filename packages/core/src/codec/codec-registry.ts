import type { Payload } from '../contract/envelope.ts'
import { DecodeError, EncodeError, InvalidOptionError } from '../errors.ts'
import type { Codec } from './codec.ts'
import { jsonCodec } from './json-codec.ts'
import { msgpackCodec } from './msgpack-codec.ts'
import { checkShape } from './payload-shape.ts'

/** They look at what they write and read themselves. */
const OWN: ReadonlySet<Codec> = new Set([msgpackCodec, jsonCodec])

/** The codec that an app writes with, and all those that it can read. */
export class CodecRegistry {
  readonly #writer: Codec
  readonly #readers: ReadonlyMap<string, Codec>

  constructor(writer: Codec = msgpackCodec, others: readonly Codec[] = []) {
    for (const codec of [writer, ...others]) {
      if (!/^[\w.+/-]{1,64}$/.test(codec.contentType)) {
        throw new InvalidOptionError(
          'codec.contentType',
          codec.contentType,
          'a short name of letters, digits and . + / - _',
        )
      }
    }
    this.#writer = writer
    this.#readers = new Map(
      [msgpackCodec, jsonCodec, ...others, writer].map((codec) => [codec.contentType, codec]),
    )
  }

  encode(value: unknown, what: string): Payload {
    try {
      if (!OWN.has(this.#writer)) checkShape(value)
      return { bytes: this.#writer.encode(value), encoding: this.#writer.contentType }
    } catch (error) {
      throw new EncodeError(what, this.#writer.contentType, error)
    }
  }

  decode({ bytes, encoding }: Payload, what: string): unknown {
    const reader = this.#readers.get(encoding)
    if (reader === undefined) throw new DecodeError(what, encoding, 'this app has no such codec')
    try {
      const value = reader.decode(bytes)
      if (!OWN.has(reader)) checkShape(value)
      return value
    } catch (error) {
      throw new DecodeError(what, encoding, error)
    }
  }
}
