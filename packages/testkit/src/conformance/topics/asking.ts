import { defineTask, typed } from '@tasq/core'
import type { ConformanceTopic } from '../case.ts'
import { assertSameMembers } from '../expect.ts'

const job = defineTask({ name: 'job', queue: 'work', input: typed<string>() })

/** What apps and workers may ask for, through the engine, where the driver has a part in it. */
export const asking: ConformanceTopic = {
  name: 'what apps ask for',
  cases: [
    {
      name: 'workers for some levels of priority each share one queue',
      run: async (context) => {
        const producer = context.app(await context.connect(), [job])
        const ran: string[] = []
        const levels = [['critical'], ['high', 'normal'], ['low']] as const
        for (const priorities of levels) {
          const noting = job.handle((input) => void ran.push(`${input} as ${priorities.join(' or ')}`))
          await context.work(context.app(await context.connect(), [noting]), { priorities })
        }
        for (const priority of ['low', 'normal', 'critical', 'high'] as const) {
          await producer.enqueue(job, priority, { priority })
        }
        await context.until('all have run', () => ran.length >= 4)
        await context.advance(100)
        assertSameMembers(ran, [
          'critical as critical',
          'high as high or normal',
          'normal as high or normal',
          'low as low',
        ])
      },
    },
  ],
}
