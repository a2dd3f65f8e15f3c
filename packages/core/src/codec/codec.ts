/**
 * Turns values into bytes and back. `contentType` is stored with the bytes and must name the format for good:
 * a changed format needs a new name.
 */
export interface Codec {
  readonly contentType: string
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}
