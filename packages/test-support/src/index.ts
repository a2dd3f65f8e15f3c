// What tests of several packages need. Everything that is made here is gone with the test that made it.

export { everything } from './everything.ts'
export { temporaryFolder, write } from './folders.ts'
export {
  finishNode,
  gone,
  isAlive,
  type Output,
  type Program,
  type StartOptions,
  startNode,
  startTasq,
} from './programs.ts'
export { CuttableProxy } from './proxy.ts'
export { allTold } from './refusals.ts'
export { type Settings, settingsOf } from './settings.ts'
