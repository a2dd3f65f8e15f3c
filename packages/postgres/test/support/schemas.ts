import { randomUUID } from 'node:crypto'

/** The name of a schema that nobody has. */
export function newSchema(): string {
  return `t_${randomUUID().replaceAll('-', '').slice(0, 20)}`
}
