import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidOptionError } from '../errors.ts'
import { checkExecution, type Execution } from './execution-mode.ts'

/** Where a handler is, so that a thread or process can load it. */
export interface HandlerModule {
  /** A file URL. */
  readonly url: string
  /** `undefined`: the export whose value is the definition, else the default one. */
  readonly exportName: string | undefined
}

/** Where the handler of a definition runs, and from where it is loaded. */
export interface TaskExecution {
  /** `undefined`: as the worker says. */
  readonly mode: Execution | undefined
  readonly module: HandlerModule | undefined
}

/** Where a handler is and runs; said on the definition of its task. */
export interface HandlerOptions {
  /**
   * Where the handler runs: in the event loop of the worker, in a thread, or in a process of its own, where it may keep a core busy and is
   * really ended by its timeout. The last two need `module`. @default the worker's `execution` where there is a `module`, else 'inline'
   */
  readonly execution?: Execution | undefined
  /**
   * The module that exports the handler, `(input, context) => output`, or a definition that has it: `new URL('./resize.js',
   * import.meta.url)`, or an absolute path. It takes the place of `run`; where the definition has a `run` too, that is what runs inline. @default none
   */
  readonly module?: URL | string | undefined
  /** The name of that export. @default the export whose value is the definition of this task, else 'default' */
  readonly export?: string | undefined
}

/** What a declaration says of its execution; `undefined` where it says nothing. @throws InvalidOptionError */
export function executionOf(options: HandlerOptions): TaskExecution | undefined {
  const { execution, module, export: exportName } = options
  if (execution === undefined && module === undefined && exportName === undefined) return undefined
  const mode = execution === undefined ? undefined : checkExecution('execution', execution)
  if (module === undefined) {
    if (exportName !== undefined)
      throw new InvalidOptionError('export', exportName, "it together with 'module'")
    if (mode !== 'inline')
      throw new InvalidOptionError('module', module, `${MODULES}, which 'execution: '${mode}' needs`)
    return { mode, module: undefined }
  }
  if (exportName !== undefined && (typeof exportName !== 'string' || exportName === '')) {
    throw new InvalidOptionError('export', exportName, 'the name of an export of the module')
  }
  return { mode, module: { url: fileUrl(module), exportName } }
}

const MODULES = "a file URL, such as new URL('./resize.js', import.meta.url), or an absolute path"

function fileUrl(module: unknown): string {
  if (module instanceof URL && module.protocol === 'file:') return module.href
  if (typeof module === 'string') {
    if (isAbsolute(module)) return pathToFileURL(module).href
    if (module.startsWith('file:') && URL.canParse(module)) return new URL(module).href
  }
  throw new InvalidOptionError('module', module instanceof URL ? module.href : module, MODULES)
}
