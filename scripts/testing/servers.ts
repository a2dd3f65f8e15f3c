import { execFile } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { findProgram, serverPrograms } from '@tasq/test-support/servers'

/** Debian asks this script whether a service may be started that was just installed. */
const POLICY = '/usr/sbin/policy-rc.d'
const REFUSES = '#!/bin/sh\nexit 101\n'

/** The packages of Debian that are missing for the servers of the tests. */
export function missingPackages(): readonly string[] {
  const missing = Object.values(serverPrograms).filter((program) => findProgram(program) === undefined)
  return [...new Set(missing.map((program) => program.package))].sort()
}

/**
 * Installs what the servers of the tests need, where it may. Nothing is started: the tests start instances of their own.
 * Resolves to what went wrong.
 */
export async function installServers(): Promise<readonly string[]> {
  const missing = missingPackages()
  if (missing.length === 0) return []
  const command = `apt-get install ${missing.join(' ')}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return [`servers for tests are missing: ${command}, or the like on this system (see CONTRIBUTING.md)`]
  }
  try {
    await withoutStarts(async () => {
      await apt('update')
      await apt('install', '--yes', '--no-install-recommends', ...missing)
    })
    return []
  } catch (error) {
    return [`servers for tests: ${command} failed: ${error instanceof Error ? error.message : error}`]
  }
}

async function apt(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await promisify(execFile)('apt-get', ['-q', ...args], { env, maxBuffer: 64 * 1024 * 1024 })
}

/** Installed services would take ports and run on. */
async function withoutStarts(work: () => Promise<void>): Promise<void> {
  if (existsSync(POLICY)) return await work()
  writeFileSync(POLICY, REFUSES, { mode: 0o755 })
  try {
    await work()
  } finally {
    rmSync(POLICY)
  }
}
