import { isDeepStrictEqual } from 'node:util'
import { msgpackCodec } from '../../../src/index.ts'
import { values } from '../values.ts'

// Prints the bytes of the values, or says of the bytes on its command line whether they are the values.
const given = process.argv[2]
if (given === undefined) {
  console.log(Buffer.from(msgpackCodec.encode(values)).toString('base64'))
} else {
  console.log(
    isDeepStrictEqual(msgpackCodec.decode(Buffer.from(given, 'base64')), values) ? 'same' : 'different',
  )
}
