import type { Program } from '@tasq/test-support'
import { expect } from 'vitest'
import type { Trial } from '../support/flags.ts'
import { finishHere } from '../support/run.ts'
import { Store } from '../support/store.ts'
import { terminate, worked, worker } from '../support/workers.ts'

async function metricsUrl(program: Program): Promise<string> {
  const line = await program.err.line(/"metrics":/)
  return /"metrics":"([^"]+)"/.exec(line)?.[1]?.replace('0.0.0.0', '127.0.0.1') ?? ''
}

export const presenceTrials: Readonly<Record<string, Trial>> = {
  '--worker-id': async (folder) => {
    const store = new Store(folder)
    await store.add('hold')
    const program = worker(folder, '--worker-id', 'pod-7', '--shutdown-timeout', '0')
    await program.out.line(/holding/)
    const { leaseToken } = await store.record('active')
    expect(leaseToken).toMatch(/^pod-7-/)
    await program.err.line(/pod-7.*online/)
    await terminate(program)
    expect(program.err.text()).toContain('stopped')
  },
  '--cluster-id': async (folder) => {
    const program = worker(folder, '--cluster-id', 'europe')
    await program.err.line(/online/)
    const store = new Store(folder)
    await expect.poll(() => store.workers('europe')).toMatchObject([{ pid: program.process.pid }])
    expect(await store.workers('asia')).toEqual([])
    await terminate(program)
  },
  '--heartbeat-interval': async (folder) => {
    const program = worker(folder, '--heartbeat-interval', '50ms', '--heartbeat-ttl', '5s')
    await program.err.line(/online/)
    const store = new Store(folder)
    const times = new Set<number>()
    await expect
      .poll(async () => {
        for (const { heartbeatAt } of await store.workers()) times.add(heartbeatAt.getTime())
        return times.size
      })
      .toBeGreaterThan(3)
    await terminate(program)
  },
  '--heartbeat-ttl': async (folder) => {
    const program = worker(folder, '--heartbeat-interval', '100ms', '--heartbeat-ttl', '1s')
    await program.err.line(/online/)
    const store = new Store(folder)
    await expect.poll(() => store.workers()).toMatchObject([{ heartbeatTtlMs: 1_000 }])
    program.process.kill('SIGKILL')
    await expect.poll(() => store.workers(), { timeout: 10_000 }).toEqual([])
    const short = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--heartbeat-ttl', '5')
    expect(short).toMatchObject({ code: 2, err: expect.stringContaining("'--heartbeat-ttl' can't be '5s'") })
  },
  '--heartbeat-events': async (folder) => {
    const program = worker(folder, '--heartbeat-events', '50ms', '--log-level', 'debug')
    await program.err.line(/running, 0 tasks run/)
    await terminate(program)
  },
  '--metrics': async (folder) => {
    const store = new Store(folder)
    const scrape = async (...flags: readonly string[]) => {
      await store.add('quick')
      const program = worker(folder, '--metrics-port', '0', '--metrics-host', '127.0.0.1', ...flags)
      const url = await metricsUrl(program)
      await expect.poll(() => store.counts()).toMatchObject({ ready: 0, active: 0 })
      const text = await (await fetch(url)).text()
      await terminate(program)
      return text.includes('tasq_tasks_succeeded_total{queue="default",task="quick"} 1')
    }
    expect(await scrape('--metrics')).toBe(true)
    expect(await scrape()).toBe(true)
  },
  '--metrics-port': async (folder) => {
    const store = new Store(folder)
    await store.add('hold')
    const program = worker(folder, '--metrics-port', '0', '--shutdown-timeout', '0')
    const url = await metricsUrl(program)
    await program.out.line(/holding/)
    expect(await (await fetch(url)).text()).toMatch(/^tasq_active_tasks\{.*\} 1$/m)
    expect((await fetch(new URL('/healthz', url))).status).toBe(200)
    expect(await (await fetch(new URL('/readyz', url))).json()).toMatchObject({ ready: true })
    const taken = await finishHere(
      folder,
      'worker',
      '--tasks',
      'tasks.mjs',
      '--metrics-port',
      new URL(url).port,
    )
    expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('TASQ_PORT_UNAVAILABLE') })
    await terminate(program)
    const wrong = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--metrics-port', '70000')
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("'--metrics-port' can't be 70000") })
    const several = worker(folder, '--metrics-port', '0', '--workers', '2', '--shutdown-timeout', '0')
    const ofAll = await metricsUrl(several)
    await expect
      .poll(
        async () =>
          [...(await (await fetch(ofAll)).text()).matchAll(/^tasq_worker_health\{.*\} 1$/gm)].length,
      )
      .toBe(2)
    await terminate(several)
  },
  '--metrics-host': async (folder) => {
    const program = worker(folder, '--metrics-port', '0', '--metrics-host', '127.0.0.1')
    expect(await metricsUrl(program)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    await terminate(program)
    const alone = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--metrics-host', '127.0.0.1')
    expect(alone).toMatchObject({ code: 2, err: expect.stringContaining('--metrics-host has no effect') })
  },
  '--log-level': async (folder) => {
    const store = new Store(folder)
    const said = async (level: string) => {
      await store.add('quick')
      await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
      const program = await worked(folder, '--log-level', level, '--max-tasks', '2')
      const levels = program.err.lines().map((line) => /"level":"(\w+)"/.exec(line)?.[1])
      return [...new Set(levels)].sort()
    }
    expect(await said('debug')).toEqual(['debug', 'error', 'info'])
    expect(await said('INFO')).toEqual(['error', 'info'])
    expect(await said('error')).toEqual(['error'])
    expect(await said('silent')).toEqual([])
  },
  '--log-format': async (folder) => {
    const said = async (...flags: readonly string[]) => {
      const program = await worked(folder, '--run-for', '10ms', ...flags)
      return program.err.lines().filter((line) => line !== '')
    }
    for (const line of await said('--log-format', 'json')) expect(JSON.parse(line)).toHaveProperty('msg')
    for (const line of await said('--log-format', 'pretty')) {
      expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO \(\d+\): worker-\w+ /)
    }
  },
}
