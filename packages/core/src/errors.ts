// Every error that Tasq throws, by where it is met.

export * from './errors/attempt-errors.ts'
export * from './errors/client-errors.ts'
export * from './errors/payload-errors.ts'
export * from './errors/store-error.ts'
export { InvalidOptionError, reasonOf, TasqError, type TasqErrorDetails } from './errors/tasq-error.ts'
