import type { TaskProgress, TaskSnapshot } from '@tasq/core'
import { type Detail, details } from '../output/details.ts'
import { ago } from '../output/format.ts'
import type { Terminal } from '../output/terminal.ts'
import { attemptsOf } from './task-rows.ts'

/** All that is known of a task, for people. */
export function taskDetails(
  task: TaskSnapshot,
  progress: TaskProgress | undefined,
  isVerbose: boolean,
  terminal: Terminal,
): readonly string[] {
  const at = (date: Date | undefined) =>
    date === undefined ? undefined : `${date.toISOString()} (${ago(date)})`
  const rows: readonly Detail[] = [
    ['id', task.id],
    ['queue', task.queue],
    ['task', task.task],
    ['state', task.reason === undefined ? task.state : `${task.state} (${task.reason})`],
    ['attempts', attemptsOf(task)],
    ['priority', String(task.priority)],
    ['enqueued', at(task.enqueuedAt)],
    ['due', at(task.dueAt)],
    ['expires', at(task.expiresAt)],
    ['lease until', at(task.leaseUntil)],
    ['finished', at(task.finishedAt)],
    ['cancel', task.cancelRequested === true ? 'requested' : undefined],
    ['unique key', task.uniqueKey],
    ['headers', json(task.headers)],
    ['input', json(task.input)],
    ['result', json(task.result)],
    ...failuresOf(task, isVerbose),
    ...progressOf(progress),
  ]
  return details(rows, terminal)
}

function failuresOf({ failures }: TaskSnapshot, isVerbose: boolean): readonly Detail[] {
  return failures.map(({ attempt, at, name, message, code, stack }): Detail => {
    const short = `${name}: ${message}${code === undefined ? '' : ` [${code}]`}`
    const text = isVerbose && stack !== undefined ? stack : short
    return [`error ${attempt}`, `${new Date(at).toISOString()} ${text}`]
  })
}

function progressOf(progress: TaskProgress | undefined): readonly Detail[] {
  if (progress === undefined) return []
  const { log, percent, workerId, attempt, updatedAt } = progress
  const far = percent === undefined ? json(progress.progress) : `${percent} %`
  return [
    ['progress', `${far ?? 'none'} (attempt ${attempt} on ${workerId}, ${ago(updatedAt)})`],
    ...log.map(({ at, message, fields }): Detail => {
      return ['log', `${at.toISOString()} ${message}${fields === undefined ? '' : ` ${json(fields)}`}`]
    }),
  ]
}

function json(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
}
