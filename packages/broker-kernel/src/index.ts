// What the drivers of message brokers share: tasks and dead letters as bodies of messages, bands of priorities.

export { BANDS, type Band, bandOf, bandsIn } from './bands.ts'
export { decodeLetter, encodeLetter, type LetterFields, letterOf, matchesFilter } from './letters.ts'
export { decodeTask, encodeTask, type StoredTask, storedTaskOf } from './messages.ts'
