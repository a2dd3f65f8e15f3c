import type { Codec } from './codec.ts'
import { checkShape } from './payload-shape.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * For payloads that other languages read. Carries what JSON carries: a Date comes back as a string, `undefined`
 * properties vanish, BigInt is refused. No input at all is `null`.
 */
export const jsonCodec: Codec = {
  contentType: 'json',
  encode: (value) => {
    checkShape(value)
    const text: string | undefined = JSON.stringify(value ?? null)
    if (text === undefined) throw new TypeError(`JSON has nothing for a ${typeof value}`)
    return encoder.encode(text)
  },
  decode: (bytes) => {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    checkShape(value)
    return value
  },
}
