import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * A schema that only carries a type and checks nothing, for definitions without a handler:
 * `defineTask({ name: 'measure', input: typed<{ path: string }>(), output: typed<number>() })`.
 */
export function typed<Value>(): StandardSchemaV1<Value, Value> {
  return {
    '~standard': {
      version: 1,
      vendor: 'tasq',
      validate: (value) => ({ value: value as Value }),
    },
  }
}
