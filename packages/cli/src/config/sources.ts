import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { reasonOf } from '@tasq/core'
import { UsageError } from '../errors.ts'
import { nearest } from './near.ts'
import type { Setting } from './setting.ts'
import type { Source } from './settle.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Variables of the environment, or of a file. */
export function variables(values: Variables, where = ''): Source {
  return {
    find(setting) {
      const { variable } = setting
      const text = values[variable]
      // An empty variable is how shells and container files say that there is none.
      if (text === undefined || text === '') return undefined
      return { name: `${variable}${where}`, value: () => setting.fromText(text) }
    },
  }
}

/** What `.env` says, where there is one. @throws UsageError where it can't be read. */
export function readDotEnv(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, '.env')
  try {
    // What it can't read it leaves out, so that all it gives is text.
    return parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new UsageError(`${file} can't be read: ${reasonOf(error)}.`, 'Correct its rights.', error)
  }
}

/** A variable that is nearly that of a setting is a mistake of the hand, which would else change nothing. */
export function nearMisses(values: Variables, settings: readonly Setting[]): readonly string[] {
  const known = new Set(settings.map(({ variable }) => variable))
  return Object.keys(values).flatMap((name) => {
    if (!name.startsWith('TASQ_') || known.has(name)) return []
    const near = nearest(name, [...known])
    return near === undefined ? [] : [`${name} is no setting and changes nothing; did you mean ${near}?`]
  })
}
