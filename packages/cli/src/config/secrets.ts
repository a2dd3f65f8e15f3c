import { keepSecret, keepSecretsOf } from '@tasq/core'
import type { Command } from 'commander'
import { Setting } from './setting.ts'

/** Passwords and keys among the settings, and those in URLs: from now on no message shows them. */
export function hideSecrets(command: Command): void {
  for (const option of command.options) {
    if (!(option instanceof Setting)) continue
    const value: unknown = command.getOptionValue(option.attributeName())
    if (typeof value !== 'string') continue
    if (/password|secret|key/i.test(option.attributeName())) keepSecret(value)
    else keepSecretsOf(value)
  }
}

/** What is wrong with a command line, without the value of an option that may be a misspelt password. */
export function withoutSecretOptions(problem: string): string {
  return problem.replace(/(unknown option '--?[^=']+)=[^']*/, '$1=***')
}
