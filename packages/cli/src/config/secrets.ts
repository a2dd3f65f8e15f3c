import { keepSecret, keepSecretsOf } from '@tasq/core'
import type { Command } from 'commander'
import { Setting } from './setting.ts'

/** Passwords and keys among the settings, and those in URLs: from now on no message shows them. */
export function hideSecrets(command: Command): void {
  const settings = command.options.filter((option) => option instanceof Setting)
  const keys = settings.map((setting) => setting.attributeName())
  hideSecretsIn(Object.fromEntries(keys.map((key) => [key, command.getOptionValue(key) as unknown])))
}

/** The same of values by the keys of their settings. */
export function hideSecretsIn(values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'string') continue
    if (/password|secret|key/i.test(key)) keepSecret(value)
    else keepSecretsOf(value)
  }
}

/** What is wrong with a command line, without the value of an option that may be a misspelt password. */
export function withoutSecretOptions(problem: string): string {
  return problem.replace(/(unknown option '--?[^=']+)=[^']*/, '$1=***')
}
