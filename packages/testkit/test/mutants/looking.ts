import type { DeadLetters, Results } from '@tasq/core/driver'
import { breaking, type Mutant, replacing } from './mutant.ts'

function lookingAtDead(change: (letters: DeadLetters) => Partial<DeadLetters>) {
  return replacing(({ deadLetters }) => ({ deadLetters: { ...deadLetters, ...change(deadLetters) } }))
}

function reading(change: (results: Results) => Partial<Results>) {
  return replacing(({ results }) => ({ results: { ...results, ...change(results) } }))
}

export const lookingMutants: readonly Mutant[] = [
  {
    name: 'dead letters that no filter narrows',
    makeDriver: lookingAtDead(({ peek, retry, purge }) => ({
      peek: ({ queue, limit, cursor }) => peek({ queue, limit, cursor }),
      retry: ({ queue }, limit) => retry({ queue }, limit),
      purge: ({ queue }, limit) => purge({ queue }, limit),
    })),
    red: ['dead letters', 'sending dead letters back', 'what is stored comes back'],
  },
  {
    name: 'dead letters whose names are patterns',
    makeDriver: replacing(({ deadLetters }, store) => ({
      deadLetters: {
        ...deadLetters,
        purge: async (filter, limit) => {
          if (filter.queue !== '%') return await deadLetters.purge(filter, limit)
          let count = 0
          for (const dead of [...store.dead.values()].slice(0, limit)) {
            store.forgetDead(dead)
            count++
          }
          return count
        },
      },
    })),
    red: ['what is stored comes back'],
  },
  {
    name: 'dead letters retried and purged without a limit',
    makeDriver: lookingAtDead(({ retry, purge }) => ({
      retry: (filter) => retry(filter, 10_000),
      purge: (filter) => purge(filter, 10_000),
    })),
    red: ['sending dead letters back'],
  },
  {
    name: 'dead letters of which each page leaves one out',
    makeDriver: lookingAtDead(({ peek }) => ({
      peek: async (call) => {
        const page = await peek(call)
        return page.cursor === undefined ? page : { ...page, items: page.items.slice(1) }
      },
    })),
    red: ['dead letters'],
  },
  {
    name: 'dead letters of which the first under an id stands',
    makeDriver: breaking((store) => {
      const bury = store.bury.bind(store)
      store.bury = (task, settlement) => {
        if (!store.dead.has(task.envelope.id)) bury(task, settlement)
      }
    }),
    red: ['sending dead letters back'],
  },
  {
    name: 'dead letters whose retry goes on where they died',
    makeDriver: breaking((store) => {
      const revive = store.revive.bind(store)
      store.revive = (dead) => {
        const { attempts, history, expiresAt, envelope } = dead.task
        const isRevived = revive(dead)
        const task = store.findLive(envelope)
        if (task !== undefined) Object.assign(task, { attempts, history, expiresAt, envelope })
        return isRevived
      }
    }),
    red: ['sending dead letters back'],
  },
  {
    name: 'dead letters that are copied, not moved, at a retry',
    makeDriver: breaking((store) => {
      const revive = store.revive.bind(store)
      store.revive = (dead) => {
        const isRevived = revive(dead)
        store.dead.set(dead.letter.id, dead)
        return isRevived
      }
    }),
    red: ['sending dead letters back'],
  },
  {
    name: 'dead letters that are looked at, then retried',
    makeDriver: replacing(({ deadLetters }, store) => ({
      deadLetters: {
        ...deadLetters,
        retry: async ({ queue }, limit) => {
          const chosen = [...store.dead.values()]
            .filter(({ letter }) => letter.queue === queue)
            .slice(0, limit)
          await Promise.resolve()
          for (const dead of chosen) store.revive(dead)
          return chosen.length
        },
      },
    })),
    red: ['sending dead letters back'],
  },
  {
    name: 'dead letters that make up what is missing',
    makeDriver: lookingAtDead(({ peek }) => ({
      peek: async (call) => {
        const page = await peek(call)
        return { ...page, items: page.items.map((letter) => ({ ...letter, headers: letter.headers ?? {} })) }
      },
    })),
    red: ['dead letters'],
  },
  {
    name: 'results that forget what waits',
    makeDriver: reading(({ read }) => ({
      read: async (refs) =>
        (await read(refs)).map((each) => (each.state === 'pending' ? { state: 'unknown' } : each)),
    })),
    red: ['results'],
  },
  {
    name: 'results in another order',
    makeDriver: reading(({ read }) => ({ read: async (refs) => (await read(refs)).toReversed() })),
    red: ['results'],
  },
  {
    name: 'results that never forget the dead',
    makeDriver: replacing(({ results }) => {
      const seen = new Map<string, Awaited<ReturnType<Results['read']>>[number]>()
      return {
        results: {
          ...results,
          read: async (refs) =>
            (await results.read(refs)).map((each, index) => {
              const { id = '' } = refs[index] ?? {}
              if (each.state === 'dead') seen.set(id, each)
              return seen.get(id) ?? each
            }),
        },
      }
    }),
    red: ['results'],
  },
  {
    name: 'no hints',
    makeDriver: breaking((store) => {
      store.hint = () => {}
    }),
    red: ['results'],
  },
  {
    name: 'hints that do not stop',
    makeDriver: reading(({ watch }) => ({
      watch: async (hint) => {
        await watch(hint)
        return async () => {}
      },
    })),
    red: ['results'],
  },
]
