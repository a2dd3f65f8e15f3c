import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeProperties } from '@tasq/driver-tests'
import { sqlite } from '../src/index.ts'

describeProperties({
  openStore: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tasq-test-'))
    const file = join(folder, 'tasq.db')
    return {
      driver: () => sqlite(file),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
})
