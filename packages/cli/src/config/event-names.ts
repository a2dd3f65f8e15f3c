import { PUBLISHED_EVENT_NAMES, type PublishedEventName } from '@tasq/core'
import { InvalidArgumentError } from 'commander'
import { nearest } from './near.ts'
import { list } from './values.ts'

/** A comma list of names of events; `task:*` stands for all of tasks. */
export function eventNames(text: string): readonly PublishedEventName[] {
  return list(text).flatMap((name) => {
    const found = PUBLISHED_EVENT_NAMES.filter((known) =>
      name.endsWith('*') ? known.startsWith(name.slice(0, -1)) : known === name,
    )
    if (found.length > 0) return found
    const near = nearest(name, PUBLISHED_EVENT_NAMES)
    const hint =
      near === undefined ? `Use some of ${PUBLISHED_EVENT_NAMES.join(', ')}` : `Did you mean ${near}?`
    throw new InvalidArgumentError(`No event is named '${name}'. ${hint}`)
  })
}
