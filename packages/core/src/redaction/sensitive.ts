import { InvalidOptionError } from '../errors.ts'

export const HIDDEN = '***'
/** Anything shorter would take parts of other words away. */
const SHORTEST_TEXT = 4

/** Which parts of the inputs, results and progress of a task nobody is shown; said on its definition. */
export interface SensitiveOptions {
  /**
   * Paths of what is hidden where tasks are shown or told of: `['password', 'card.number']`; a path goes through lists by itself. Handlers get
   * it, and it is stored, as it is. @default []
   */
  readonly sensitive?: readonly string[] | undefined
}

/** @throws InvalidOptionError */
export function checkSensitive(paths: readonly string[] | undefined): readonly string[] | undefined {
  if (paths === undefined) return undefined
  const isRight =
    Array.isArray(paths) && paths.every((path) => typeof path === 'string' && /^[^.]+(\.[^.]+)*$/.test(path))
  if (!isRight)
    throw new InvalidOptionError('sensitive', paths, "a list of paths, such as ['password', 'card.number']")
  return paths.length === 0 ? undefined : paths
}

/** Puts `***` in the place of what the paths lead to; the value is changed. */
export function hidePaths(value: unknown, paths: readonly string[]): void {
  for (const path of paths) {
    walk(value, path.split('.'), (holder, key) => {
      if (holder instanceof Map) holder.set(key, HIDDEN)
      else Reflect.set(holder, key, HIDDEN)
    })
  }
}

/** A text without the values that the paths lead to. */
export function hideValues(text: string, value: unknown, paths: readonly string[]): string {
  let shown = text
  for (const path of paths) {
    walk(value, path.split('.'), (holder, key) => {
      for (const part of textsIn(read(holder, key))) shown = shown.replaceAll(part, HIDDEN)
    })
  }
  return shown
}

type Visit = (holder: object, key: string) => void

function walk(value: unknown, path: readonly string[], visit: Visit): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) walk(item, path, visit)
    return
  }
  const [key, ...rest] = path
  if (key === undefined || read(value, key) === undefined) return
  if (rest.length === 0) visit(value, key)
  else walk(read(value, key), rest, visit)
}

function read(holder: object, key: string): unknown {
  if (holder instanceof Map) return holder.get(key)
  return Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn)
  const text =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? `${value}` : ''
  return text.length >= SHORTEST_TEXT ? [text] : []
}
