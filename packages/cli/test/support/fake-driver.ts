import { install } from './user-folder.ts'

/** Installs a package @tasq/redis that keeps tasks in memory, and says in `enqueued.txt` which it was given. */
export function installRedis(folder: string, before = ''): void {
  install(
    folder,
    '@tasq/redis',
    `import { appendFileSync } from 'node:fs'
    import { memory } from '@tasq/core/memory'
    export function redis() {
      ${before}
      const driver = memory()
      const enqueue = driver.enqueue.bind(driver)
      driver.enqueue = (call) => {
        for (const { envelope } of call.tasks) appendFileSync(new URL('../../../enqueued.txt', import.meta.url), envelope.task + '\\n')
        return enqueue(call)
      }
      Object.defineProperty(driver, 'name', { value: 'redis' })
      return driver
    }`,
  )
}
