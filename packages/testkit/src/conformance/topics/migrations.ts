import assert from 'node:assert/strict'
import { hold } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { facet } from '../context.ts'

export const migrations: ConformanceTopic = {
  name: 'migrations',
  needs: ['migrations'],
  cases: [
    {
      name: 'nothing is pending on a store that is in use',
      run: async (context) => {
        const driver = await context.connect()
        assert.deepEqual(await facet(driver, 'migrations').pending(), [])
      },
    },
    {
      name: 'applying again takes no step and harms nothing',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        await hold(context, driver)
        const applied = await Promise.all(
          [driver, other, driver].map((each) => facet(each, 'migrations').apply()),
        )
        assert.deepEqual(applied, [[], [], []])
        await hold(context, other, { queue: 'after' })
      },
    },
  ],
}
