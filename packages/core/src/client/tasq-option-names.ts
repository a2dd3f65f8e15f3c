import type { Driver } from '../contract/driver.ts'
import { type NamesElsewhere, type NamesOf, refuseUnknown } from '../errors/unknown-options.ts'
import type { StoreDriver } from '../mixing/store-driver.ts'
import type { EventsDriver } from '../mixing/with-events.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import { refuseUnknownOfDefaults } from '../task/option-names.ts'
import type { TaskOptions } from '../task/task-options.ts'
import type { EventsOption, MixedOptions } from './tasq-options.ts'

type All = MixedOptions<Driver, StoreDriver, readonly TaskDefinition[]> & EventsOption<EventsDriver>

const NAMES: NamesOf<All> = {
  driver: true,
  store: true,
  events: true,
  tasks: true,
  defaults: true,
  retention: true,
  codec: true,
  codecs: true,
  maxPayloadBytes: true,
  redact: true,
  middleware: true,
  schedules: true,
  publishEvents: true,
  clock: true,
  random: true,
}

/** What other queues call it. */
const ELSEWHERE: NamesElsewhere = {
  connection: "driver, such as redis('redis://…')",
  connectionString: "driver, such as postgres('postgresql://…')",
  defaultJobOptions: 'defaults',
}

/** @throws InvalidOptionError for what no app has, and no task in its defaults. */
export function refuseUnknownOfApp(options: { readonly defaults?: TaskOptions | undefined }): void {
  refuseUnknown(options, NAMES, ELSEWHERE)
  if (options.defaults !== undefined) refuseUnknownOfDefaults(options.defaults)
}
