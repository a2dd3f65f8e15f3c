import type { Delivery } from '../contract/delivery.ts'
import { checkName } from './names.ts'

/** The header in which the group of a task travels. */
const GROUP = 'tasq-group'

/** The headers of a task that belongs to a group. @throws InvalidOptionError where it is no name. */
export function withGroup(
  headers: Readonly<Record<string, string>> | undefined,
  group: string | undefined,
): Readonly<Record<string, string>> | undefined {
  return group === undefined ? headers : { ...headers, [GROUP]: checkName('group', group) }
}

/** The group that a task was enqueued with. */
export function groupOf(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  return headers?.[GROUP]
}

export function groupOfDelivery(delivery: Delivery): string | undefined {
  return delivery.kind === 'task' ? groupOf(delivery.envelope.headers) : undefined
}
