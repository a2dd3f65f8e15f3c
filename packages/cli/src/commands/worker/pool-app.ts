// What each process of `tasq worker --workers` loads.

import { type Tasq, withoutSecrets } from '@tasq/core'
import { type AppFlags, makeApp as makeAppOf } from '../../config/app.ts'
import { readConfigFile } from '../../config/config-file.ts'
import { isApp, loadApp } from '../../config/modules.ts'
import { type NamedValues, withNames } from '../../config/names.ts'
import { hideSecretsIn } from '../../config/secrets.ts'
import { UsageError } from '../../errors.ts'
import { logEvents } from '../../output/event-log.ts'
import { makeLog } from '../../output/log.ts'
import type { LogOptions } from '../../output/log-options.ts'

/** What a process is told on its channel: plain data, in which secrets may be. */
export interface ChildData {
  readonly folder: string
  readonly log: LogOptions
  readonly app:
    | { readonly kind: 'module'; readonly reference: string }
    | { readonly kind: 'config'; readonly file: string }
    | ({ readonly kind: 'settings' } & NamedValues)
}

/** The same app as in the process that looks after this one, with a log of its own. */
export async function makeApp(data: ChildData): Promise<Tasq> {
  // Whoever read the output may be gone; tasks go on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  if (data.app.kind === 'settings') hideSecretsIn(data.app.values)
  const tasq = await appOf(data)
  logEvents(
    tasq,
    makeLog((line) => void process.stderr.write(`${withoutSecrets(line)}\n`), data.log),
  )
  return tasq
}

async function appOf({ folder, app }: ChildData): Promise<Tasq> {
  if (app.kind === 'module') return await loadApp(app.reference, folder)
  if (app.kind === 'settings') return await makeAppOf(withNames(app) as AppFlags, folder)
  const file = await readConfigFile(app.file, folder)
  const found = file?.values['app']
  if (isApp(found)) return found
  throw new UsageError(`${app.file} exports no app any more.`, 'Leave it as it is while workers run.')
}
