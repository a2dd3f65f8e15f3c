import { describe, expect, test } from 'vitest'
import { diagnose } from '../../src/client/diagnose.ts'
import type { Diagnostics } from '../../src/contract/facets/diagnostics.ts'
import { createTasq, defineTask, type TaskDefinition } from '../../src/index.ts'
import { memory, VirtualClock } from '../../src/memory.ts'
import { joinedDiagnostics } from '../../src/mixing/joined-diagnostics.ts'
import { withEvents } from '../../src/mixing/with-events.ts'
import { appOn } from '../support/app.ts'
import { bareDriver } from '../support/bare-driver.ts'

function findingOf(check: string) {
  return async (tasks: readonly TaskDefinition[], limits = {}) => {
    const driver = { ...bareDriver(memory()), limits: { ...memory().limits, ...limits } }
    const tasq = createTasq({ driver, tasks })
    return (await tasq.diagnose()).filter((finding) => finding.check === check)
  }
}

describe('what is wrong with an app', () => {
  test('nothing, where all is as it should be', async () => {
    const tasq = createTasq({ driver: memory(), tasks: [defineTask({ name: 'a', run: () => {} })] })
    const findings = await tasq.diagnose()
    expect(findings.filter(({ status }) => status === 'warning' || status === 'error')).toEqual([])
    expect(findings.map(({ subject, check }) => `${subject}: ${check}`)).toEqual([
      'memory: connectivity',
      'memory: durability',
      'memory: orphaned-leases',
      'memory: workers',
      'app: node-version',
      'app: definitions',
      'app: leases',
    ])
  })

  test('a backend is asked for the queues that the app uses', async () => {
    const asked: unknown[] = []
    const diagnostics: Diagnostics = {
      check: async (call) => {
        asked.push(call?.queues)
        return []
      },
    }
    const tasks = [defineTask({ name: 'a', queue: 'mail' }), defineTask({ name: 'b' })]
    await createTasq({
      driver: { ...bareDriver(memory()), diagnostics },
      tasks,
      defaults: { queue: 'usual' },
    }).diagnose()
    expect(asked).toEqual([['usual', 'mail']])
  })

  test('a driver that says nothing is noted', async () => {
    expect(await findingOf('connectivity')([])).toMatchObject([{ subject: 'bare', status: 'note' }])
  })

  test('definitions without a handler are fine, and so is an app without any', async () => {
    const tasks = [defineTask({ name: 'a', run: () => {} }), defineTask({ name: 'b' })]
    expect(await findingOf('definitions')(tasks)).toMatchObject([
      { status: 'ok', message: expect.stringContaining('1 of 2 definitions have a handler') },
    ])
    expect(await findingOf('definitions')([])).toMatchObject([{ status: 'note' }])
    expect(await findingOf('leases')([])).toEqual([])
  })

  test('leases that are too short to be renewed in time, or longer than the backend gives', async () => {
    const task = (visibilityTimeout: string | number) => [
      defineTask({ name: 'a', visibilityTimeout } as never),
    ]
    expect(await findingOf('leases')(task('30s'))).toMatchObject([{ status: 'ok' }])
    expect(await findingOf('leases')(task('500ms'))).toMatchObject([
      { status: 'warning', message: expect.stringContaining("Task 'a': visibilityTimeout is 500 ms") },
    ])
    expect(await findingOf('leases')(task('1h'), { maxLeaseMs: 60_000 })).toMatchObject([
      { status: 'error', nextStep: expect.stringContaining('shorter') },
    ])
    expect(await findingOf('leases')(task('30s'), { maxAgeMs: 60_000 })).toMatchObject([
      { status: 'warning', message: expect.stringContaining('keepDeadLetter') },
    ])
    expect(await findingOf('leases')(task('500ms'), { lease: 'connection' })).toMatchObject([
      { status: 'ok' },
    ])
  })

  test.each([
    ['22.18.0', 'ok'],
    ['22.17.1', 'warning'],
    ['23.1.0', 'warning'],
    ['24.11.0', 'ok'],
    ['25.0.0', 'warning'],
    ['26.0.0', 'ok'],
    ['27.3.0', 'ok'],
  ])('on Node.js %s: %s', async (version, status) => {
    const findings = await diagnose(appOn(memory(), new VirtualClock()), version)
    expect(findings.find(({ check }) => check === 'node-version')?.status).toBe(status)
  })
})

describe('an app on several backends', () => {
  const one = memory()
  const away: Diagnostics = {
    check: async () => [
      { subject: 'other', check: 'connectivity', status: 'error', message: 'Nobody there.' },
    ],
  }

  test('tells of each of them', async () => {
    const found = await joinedDiagnostics(one, { diagnostics: away })?.check()
    expect(new Set(found?.map(({ subject }) => subject))).toEqual(new Set(['memory', 'other']))
    expect(joinedDiagnostics(bareDriver(one))).toBeUndefined()
  })

  test('the one for events included', async () => {
    const events = { ...bareDriver(one), events: one.events, diagnostics: away }
    const findings = await withEvents(one, events).diagnostics.check()
    expect(findings.map(({ subject }) => subject)).toContain('other')
  })
})
