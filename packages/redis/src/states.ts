import { type Failure, isRecord, type TaskHistory } from '@tasq/core/driver'

/** What a task carries that was put back, or given another time. */
export interface TaskState {
  readonly readyAt: number
  readonly attempts: number
  readonly history: TaskHistory | undefined
}

/** The part of it that a settlement knows; the script puts the time before it, when it has one. */
export function stateText(attempts: number, history: TaskHistory | undefined): string {
  return JSON.stringify({ attempts, history })
}

/** @throws Error where the text says nothing of the kind. */
export function stateOf(text: string): TaskState {
  const space = text.indexOf(' ')
  const parsed: unknown = JSON.parse(text.slice(space + 1))
  const readyAt = Number(text.slice(0, space))
  if (!isRecord(parsed) || !Number.isFinite(readyAt)) throw new Error('its state can’t be read')
  const { attempts, history } = parsed
  return {
    readyAt,
    attempts: typeof attempts === 'number' ? attempts : 0,
    history: asHistory(history),
  }
}

/** The same; `undefined` where there is none, or none that can be read. */
export function readableStateOf(text: string): TaskState | undefined {
  try {
    return text === '' ? undefined : stateOf(text)
  } catch {
    return undefined // an operator still sees the rest of the task
  }
}

/** Only this package writes it; drivers hand it on unread. */
export function asHistory(value: unknown): TaskHistory | undefined {
  return isRecord(value) ? (value as TaskHistory) : undefined
}

/** Likewise. */
export function asFailure(value: unknown): Failure | undefined {
  return isRecord(value) ? (value as unknown as Failure) : undefined
}
