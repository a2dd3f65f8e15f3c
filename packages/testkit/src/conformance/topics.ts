import type { ConformanceTopic } from './case.ts'
import { admitting } from './topics/admitting.ts'
import { asking } from './topics/asking.ts'
import { cancelMarks } from './topics/cancel-marks.ts'
import { changing } from './topics/changing.ts'
import { controlling } from './topics/controlling.ts'
import { deadLetters } from './topics/dead-letters.ts'
import { delays } from './topics/delays.ts'
import { diagnosing } from './topics/diagnosing.ts'
import { dying } from './topics/dying.ts'
import { enqueuing } from './topics/enqueue.ts'
import { events } from './topics/events.ts'
import { facets } from './topics/facets.ts'
import { fencing } from './topics/fencing.ts'
import { finding } from './topics/finding.ts'
import { followUps } from './topics/follow-ups.ts'
import { inspecting } from './topics/inspecting.ts'
import { leases } from './topics/leases.ts'
import { lifecycle } from './topics/lifecycle.ts'
import { lostAnswers } from './topics/lost-answers.ts'
import { migrations } from './topics/migrations.ts'
import { mixing } from './topics/mixing.ts'
import { order } from './topics/order.ts'
import { outbox } from './topics/outbox.ts'
import { payloads } from './topics/payloads.ts'
import { receipts } from './topics/receipts.ts'
import { recovering } from './topics/recovering.ts'
import { redriving } from './topics/redriving.ts'
import { repeats } from './topics/repeats.ts'
import { reserving } from './topics/reserve.ts'
import { results } from './topics/results.ts'
import { retaining } from './topics/retaining.ts'
import { retrying } from './topics/retrying.ts'
import { scheduling } from './topics/scheduling.ts'
import { settling } from './topics/settling.ts'
import { sharedRecords } from './topics/shared-records.ts'
import { transactions } from './topics/transactions.ts'
import { uniqueKeys } from './topics/unique-keys.ts'
import { unreadable } from './topics/unreadable.ts'
import { waiting } from './topics/waiting.ts'
import { working } from './topics/working.ts'

/** The whole suite, as data: from the calls of a driver on its own to the engine that runs on it. */
export const topics: readonly ConformanceTopic[] = [
  facets,
  lifecycle,
  enqueuing,
  receipts,
  payloads,
  reserving,
  order,
  delays,
  waiting,
  repeats,
  unreadable,
  leases,
  fencing,
  settling,
  followUps,
  recovering,
  retrying,
  cancelMarks,
  uniqueKeys,
  deadLetters,
  redriving,
  results,
  inspecting,
  finding,
  changing,
  retaining,
  transactions,
  admitting,
  sharedRecords,
  events,
  migrations,
  diagnosing,
  working,
  controlling,
  scheduling,
  asking,
  lostAnswers,
  dying,
  mixing,
  outbox,
]
