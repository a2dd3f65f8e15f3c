import { inspect } from 'node:util'

/** All that any logger or person could see of a value: of an error its message, stack and causes, also what is not enumerable. */
export function everything(value: unknown): string {
  const inspected = inspect(value, { depth: 20, showHidden: true, getters: 'get', maxStringLength: null })
  const text = value instanceof Error ? `${value.message}\n${value.stack}` : ''
  return `${inspected}\n${json(value)}\n${text}`
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '' // cyclic: its inspection has it all
  }
}
