import type { App } from '../../src/app.ts'
import { CodecRegistry } from '../../src/codec/codec-registry.ts'
import type { Driver } from '../../src/contract/driver.ts'
import { ControlLine } from '../../src/coordination/control-line.ts'
import { EventEmitter } from '../../src/events/event-emitter.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import type { TaskDefinition } from '../../src/task/define-task.ts'
import { TaskRegistry } from '../../src/task/task-registry.ts'

/** What the parts of the engine share, for tests of one part. */
export function appOn(driver: Driver, clock: Clock, tasks: readonly TaskDefinition[] = []): App {
  return {
    driver,
    clock,
    control: new ControlLine({ driver, clock, random: () => 0.5, onError: () => undefined }),
    ready: async () => undefined,
    registry: new TaskRegistry(tasks),
    defaults: {},
    codecs: new CodecRegistry(),
    events: new EventEmitter(),
    middleware: [],
    random: () => 0.5,
    processName: 'process',
  }
}
