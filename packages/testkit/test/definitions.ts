import { defineTask, type TaskDefinition } from '@tasq/core'

type Schema<In, Out> = NonNullable<TaskDefinition['input']> & {
  readonly '~standard': { readonly types?: { readonly input: In; readonly output: Out } | undefined }
}

/** A Standard Schema made of one function that throws where it does not like the value. */
export function schema<In, Out>(read: (value: unknown) => Out): Schema<In, Out> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        try {
          return { value: read(value) }
        } catch (error) {
          return {
            issues: [{ message: error instanceof Error ? error.message : String(error), path: ['amount'] }],
          }
        }
      },
    },
  }
}

/** Takes dollars as text and gives cents. */
export const toCents = schema<{ amount: string }, { cents: number }>((value) => {
  const amount =
    typeof value === 'object' && value !== null && 'amount' in value ? Number(value.amount) : Number.NaN
  if (Number.isNaN(amount)) throw new TypeError('no amount')
  return { cents: Math.round(amount * 100) }
})

export interface Mail {
  readonly to: string
  readonly subject?: string
  readonly meta?: { readonly campaign: string; readonly tags: readonly string[] }
}

export const sendMail = defineTask({
  name: 'mail.send',
  queue: 'mails',
  retry: { maxAttempts: 3, delay: '1m', strategy: 'fixed' },
  run: async (mail: Mail) => ({ sentTo: mail.to }),
})
