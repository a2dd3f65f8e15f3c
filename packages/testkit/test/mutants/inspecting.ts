import type { Inspection } from '@tasq/core/driver'
import { type Mutant, replacing } from './mutant.ts'

function inspecting(change: (inspection: Inspection) => Partial<Inspection>) {
  return replacing(({ inspection }) => ({ inspection: { ...inspection, ...change(inspection) } }))
}

export const inspectingMutants: readonly Mutant[] = [
  {
    name: 'counts of all queues together',
    makeDriver: replacing(({ inspection }) => ({
      inspection: {
        ...inspection,
        count: async (queues) => {
          const ready = (await inspection.count(await inspection.queues())).reduce(
            (sum, each) => sum + each.ready,
            0,
          )
          return (await inspection.count(queues)).map((each) => ({ ...each, ready }))
        },
      },
    })),
    red: ['changing tasks', 'looking at tasks'],
  },
  {
    name: 'due tasks that count as scheduled until they are claimed',
    makeDriver: inspecting(({ count }) => ({
      count: async (queues) =>
        (await count(queues)).map((each) => ({ ...each, ready: 0, scheduled: each.scheduled + each.ready })),
    })),
    red: ['looking at tasks'],
  },
  {
    name: 'an oldest ready task that is the first in claim order',
    makeDriver: replacing(({ inspection }, store) => ({
      inspection: {
        ...inspection,
        oldestReady: async (queues) =>
          await Promise.all(
            queues.map(async (queue) => {
              const { items } = await inspection.find({ queue, state: 'ready', limit: 1 })
              const [first] = items
              return first?.dueAt === undefined ? undefined : store.clock.now() - first.dueAt
            }),
          ),
      },
    })),
    red: ['looking at tasks'],
  },
  {
    name: 'records of dead letters among the living',
    makeDriver: replacing(({ inspection }, store) => ({
      inspection: {
        ...inspection,
        get: async (refs) => {
          const [sample] = await inspection.get([...store.live.values()].map(({ envelope }) => envelope))
          return (await inspection.get(refs)).map((record, index) => {
            const letter = store.findDead(refs[index] ?? { queue: '', id: '' })
            return letter === undefined || sample === undefined ? record : { ...sample, ...letter }
          })
        },
        queues: async () => (await inspection.queues()).filter((queue) => queue !== 'dead'),
      },
    })),
    red: ['changing tasks', 'looking at tasks'],
  },
  {
    name: 'lists without order or filter',
    makeDriver: inspecting(({ find }) => ({
      find: async ({ queue, state, limit, cursor }) => {
        const page = await find({ queue, state, limit, cursor })
        return { ...page, items: page.items.toReversed() }
      },
    })),
    red: ['finding tasks by state'],
  },
  {
    name: 'lists that take any cursor for their own',
    makeDriver: inspecting(({ find }) => ({
      find: ({ cursor, ...call }) => {
        const position = cursor?.split(' ').slice(1).join(' ')
        return find(position === undefined ? call : { ...call, cursor: `${call.state} ${position}` })
      },
    })),
    red: ['finding tasks by state'],
  },
  {
    name: 'lists of which each page repeats the last one’s end',
    makeDriver: replacing(({ inspection }) => {
      let last: Awaited<ReturnType<Inspection['find']>>['items'] = []
      return {
        inspection: {
          ...inspection,
          find: async (call) => {
            const page = await inspection.find(call)
            const repeated = call.cursor === undefined ? [] : last.slice(-1)
            last = page.items
            return { ...page, items: [...repeated, ...page.items].slice(0, call.limit) }
          },
        },
      }
    }),
    red: ['finding tasks by state'],
  },
  {
    name: 'a corrupt task that hides the others',
    makeDriver: replacing(({ inspection }, store) => ({
      inspection: {
        ...inspection,
        find: async (call) => {
          if ([...store.live.values()].some(({ problem }) => problem !== undefined))
            throw new SyntaxError('bad row')
          return await inspection.find(call)
        },
      },
    })),
    red: ['unreadable tasks'],
  },
  {
    name: 'a cancel that looks first and acts then',
    makeDriver: replacing(({ inspection }, store) => ({
      inspection: {
        ...inspection,
        cancel: async (calls) => {
          const states = calls.map(({ ref }) => store.findLive(ref)?.state)
          await Promise.resolve()
          const answers = await inspection.cancel(calls)
          return answers.map((answer, index) => {
            if (states[index] === undefined) return answer
            return states[index] === 'active' ? 'requested' : 'cancelled'
          })
        },
      },
    })),
    red: ['cancel marks', 'changing tasks'],
  },
  {
    name: 'a cancel that removes what runs',
    makeDriver: replacing(({ inspection }, store) => ({
      inspection: {
        ...inspection,
        cancel: async (calls) => {
          const answers = await inspection.cancel(calls)
          for (const { ref } of calls) {
            const task = store.findLive(ref)
            if (task !== undefined) store.remove(task)
          }
          return answers
        },
      },
    })),
    red: ['cancel marks', 'looking at tasks', 'recovery'],
  },
  {
    name: 'a cancel that keeps nothing',
    makeDriver: inspecting(({ cancel }) => ({
      cancel: (calls) => cancel(calls.map(({ ref, reason }) => ({ ref, reason }))),
    })),
    red: ['changing tasks'],
  },
  {
    name: 'a new time that is confirmed and not written',
    makeDriver: inspecting(() => ({ reschedule: async () => 'changed' })),
    red: ['changing tasks'],
  },
  {
    name: 'a removal of whatever there is',
    makeDriver: replacing(({ inspection }, store) => ({
      inspection: {
        ...inspection,
        remove: async (ref) => {
          const task = store.live.get(ref.id)
          if (task !== undefined) store.remove(task)
          return task === undefined ? await inspection.remove(ref) : 'changed'
        },
      },
    })),
    red: ['changing tasks'],
  },
  {
    name: 'a purge of all states, without a limit',
    makeDriver: inspecting(({ purge }) => ({
      purge: (queue) => purge(queue, ['ready', 'scheduled'], 10_000),
    })),
    red: ['changing tasks'],
  },
  {
    name: 'a purge that keeps finished tasks',
    makeDriver: inspecting(({ purge }) => ({
      purge: (queue, states, limit) =>
        purge(
          queue,
          states.filter((state) => state === 'ready' || state === 'scheduled'),
          limit,
        ),
    })),
    red: ['changing tasks'],
  },
]
