import type { TestProject } from 'vitest/node'
import { Installation } from '../../src/installation.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the installation. */
    readonly installed: string
  }
}

/** Installs once for all files; they get the folder by `inject('installed')`. */
export default async function install(project: TestProject): Promise<() => Promise<void>> {
  const installation = await Installation.make()
  project.provide('installed', installation.folder)
  return () => installation.remove()
}
