// A server that speaks for SQS, in a process of its own. The emulator's own program would log every request.

import { startFauxqs } from 'fauxqs'

const [port, dataDir] = process.argv.slice(2)
await startFauxqs({ port: Number(port), logger: false, ...(dataDir === undefined ? {} : { dataDir }) })
console.log('takes connections')
