// The door for driver authors: the contract, and the pieces that most drivers need.

export type {
  CancelRequest,
  CorruptDelivery,
  Delivery,
  Lease,
  LostDelivery,
  TaskDelivery,
} from './contract/delivery.ts'
export type { Driver, Extension, PriorityRange, QueueShare, ReserveCall } from './contract/driver.ts'
export type { EnqueueCall, Enqueued, NewTask } from './contract/enqueue.ts'
export type { Envelope, Payload, RetryPolicy, TaskPolicy, TaskRef, UniqueKey } from './contract/envelope.ts'
export type { AllCounts, Backlog, PurgeableState, QueueCounts, TaskState } from './contract/facets/backlog.ts'
export type { CancelAnswer, CancelCall, Cancellation } from './contract/facets/cancellation.ts'
export type {
  Coordination,
  RecordReading,
  RecordWrite,
  SharedRecord,
  WriteCall,
} from './contract/facets/coordination.ts'
export type { DeadLetter, DeadLetterFilter, DeadLetters, PeekCall } from './contract/facets/dead-letters.ts'
export {
  type Diagnostics,
  type DiagnosticsCall,
  type Finding,
  type FindingStatus,
  WORKER_RECORDS,
} from './contract/facets/diagnostics.ts'
export type { EventBus, EventChannel, EventListener } from './contract/facets/event-bus.ts'
export type { ChangeAnswer, FindCall, Inspection, TaskRecord } from './contract/facets/inspection.ts'
export { type Admission, type AdmitCall, GIVES_WAY, type Ledger } from './contract/facets/ledger.ts'
export type { Migrations } from './contract/facets/migrations.ts'
export type { Page } from './contract/facets/page.ts'
export type { RecoverCall, Recovery } from './contract/facets/recovery.ts'
export type { Relay } from './contract/facets/relay.ts'
export type { FinishedHint, ResultReading, Results } from './contract/facets/results.ts'
export type { KeptKind, Retention } from './contract/facets/retention.ts'
export type { Transactions } from './contract/facets/transactions.ts'
export type { DeadReason, Failure, TaskHistory } from './contract/failure.ts'
export type { Limits } from './contract/limits.ts'
export type {
  Bury,
  Cancel,
  Complete,
  ExtendAnswer,
  Rejected,
  Release,
  Retry,
  SettleAnswer,
  Settlement,
} from './contract/settlement.ts'
export { keepSecret, keepSecretsOf, withoutSecrets, withoutSecretsIn } from './errors/secrets.ts'
export { type NamesElsewhere, type NamesOf, refuseUnknown } from './errors/unknown-options.ts'
export {
  ClosedError,
  InvalidOptionError,
  StoreError,
  type StoreErrorCode,
  TasqError,
  UnsupportedError,
} from './errors.ts'
export { type Clock, sleep, systemClock, type TimerHandle } from './runtime/clock.ts'
export { atMost } from './runtime/deadline.ts'
export { type Duration, milliseconds } from './runtime/duration.ts'
export {
  type ExaminationParts,
  type Examined,
  examine,
  type Found,
  type Look,
} from './runtime/examine.ts'
export {
  type ConnectionBudget,
  foundBudget,
  foundOrphans,
  foundSchema,
  foundSkew,
  foundVersion,
  foundWorkers,
  ORPHANED_MS,
} from './runtime/findings.ts'
export { type FinishedFields, finishedRecord } from './runtime/finished-record.ts'
export { type Claimed, reserveWaiting } from './runtime/reserve-waiting.ts'
export { RunningCalls } from './runtime/running-calls.ts'
export {
  failureOf,
  historyOf,
  isHeaders,
  isPolicy,
  isRecord,
  policyOf,
  policyText,
} from './runtime/stored-texts.ts'
export { type WakeupSubscription, Wakeups } from './runtime/wakeups.ts'
