/** Uses that must compile; what is claimed of a type stands in them. */
export const right: Readonly<Record<string, string>> = {
  'a zod schema: enqueue takes its input, the handler gets its output': `
    const task = defineTask({
      name: 't',
      input: z.object({ path: z.string(), width: z.string().transform(Number).default(800) }),
      run: (input) => {
        is<Same<typeof input, { path: string; width: number }>>()
      },
    })
    await tasq.enqueue(task, { path: 'a.png' })
    await tasq.enqueue(task, { path: 'a.png', width: '800' })
    is<Same<InputOf<typeof task>, { path: string; width?: string | undefined }>>()`,

  'a valibot schema: enqueue takes its input, the handler gets its output': `
    const task = defineTask({
      name: 't',
      input: v.object({ path: v.string(), width: v.optional(v.pipe(v.string(), v.transform(Number)), '800') }),
      run: ({ path, width }) => {
        is<Same<typeof path, string>>()
        is<Same<typeof width, number>>()
      },
    })
    await tasq.enqueue(task, { path: 'a.png' })
    await tasq.enqueue(task, { path: 'a.png', width: '800' })`,

  'an arktype schema: enqueue takes its input, the handler gets its output': `
    const task = defineTask({
      name: 't',
      input: type({ path: 'string', width: type('string').pipe(Number).default('800') }),
      run: ({ path, width }) => {
        is<Same<typeof path, string>>()
        is<Same<typeof width, number>>()
      },
    })
    await tasq.enqueue(task, { path: 'a.png' })
    await tasq.enqueue(task, { path: 'a.png', width: '800' })`,

  'a handler enqueues what follows, with its input, or by a name': `
    defineTask({
      name: 't',
      run: async (input: { path: string }, { enqueue }) => {
        const { id } = await enqueue(resize, { path: input.path, width: 8 }, { delay: '5s', unique: { key: 'k' } })
        is<Same<typeof id, string>>()
        await enqueue(ping)
        await enqueue('image.resize', { anything: true })
      },
    })`,

  'debounce and throttle are options of an enqueue': `
    const handle = await tasq.enqueue(ping, undefined, { debounce: { key: 'k', wait: '5s', maxWait: 60_000 } })
    is<Same<typeof handle.status, 'created' | 'duplicate' | 'replaced' | 'known'>>()
    await tasq.enqueue(ping, undefined, { throttle: { key: 'k', per: '1m' } })`,

  'hooks know what the handler takes and gives': `
    defineTask({
      name: 't',
      run: (input: { n: number }) => input.n > 1,
      onSuccess: (result, { input }) => {
        is<Same<typeof result, boolean>>()
        is<Same<typeof input, { n: number } | undefined>>()
      },
      onDead: (error, { reason, input }) => {
        is<Same<typeof error, unknown>>()
        is<Same<typeof input, { n: number } | undefined>>()
        return reason === 'lost'
      },
    })`,

  'a schedule takes the input of its task, by definition or by name': `
    await tasq.schedules.set({ id: 'a', task: resize, input: { path: 'a.png', width: 8 }, cron: '0 3 * * *', timezone: 'UTC' })
    await tasq.schedules.set({ id: 'a', task: 'image.resize', input: { path: 'a.png', width: 8 }, every: '1h', missed: { all: 3 } })
    await tasq.schedules.set({ id: 'a', task: ping, at: new Date(), priority: 'high' })
    createTasq({ driver: memory(), schedules: [
      defineSchedule({ id: 'a', task: resize, input: { path: 'a.png', width: 8 }, every: '1h' }),
      defineSchedule({ id: 'b', task: ping, cron: '0 3 * * *' }),
    ] })`,

  'without schemas the handler says it all': `
    const task = defineTask({ name: 't', run: (input: { n: number }) => input.n > 1 })
    const handle = await tasq.enqueue(task, { n: 1 })
    const result = await handle.result()
    is<Same<typeof result, boolean>>()
    is<Same<ResultOf<typeof task>, boolean>>()`,

  'a promise, snooze and discard are no part of the result': `
    const task = defineTask({
      name: 't',
      run: async (n: number) => (n === 0 ? snooze('5m') : n === 1 ? discard('moot') : { n }),
    })
    const result = await (await tasq.enqueue(task, 5)).result()
    is<Same<typeof result, { n: number }>>()`,

  'with an output schema the handler gives its input, and the result is its output': `
    const task = defineTask({
      name: 't',
      output: z.iso.datetime().transform((text) => new Date(text)),
      run: async () => '2026-01-01T00:00:00Z',
    })
    const result = await (await tasq.enqueue(task)).result()
    is<Same<typeof result, Date>>()`,

  'a task without input is enqueued without one, with options or without': `
    await tasq.enqueue(ping)
    await tasq.enqueue(ping, undefined, { delay: '10s', priority: 'high' })
    await tasq.enqueue('ping')
    await tasq.enqueueMany(ping, [undefined, undefined])
    await tasq.enqueue(defineTask({ name: 'inert' }))`,

  'by name, input and result are those of the task that the app knows': `
    const handle = await tasq.enqueue('image.resize', { path: 'a.png', width: 800 })
    const { bytes } = await handle.result({ timeout: '1m', signal: AbortSignal.timeout(5) })
    is<Same<typeof bytes, number>>()
    const earlier = tasq.handle('image.resize', 'some-id')
    is<Same<Awaited<ReturnType<typeof earlier.result>>, { bytes: number }>>()`,

  'options of an enqueueMany come from a function of the input and its position': `
    await tasq.enqueueMany(resize, [{ path: 'a.png', width: 1 }], (input, index) => {
      is<Same<typeof input, { path: string; width: number }>>()
      is<Same<typeof index, number>>()
      return input.width > 5 ? { unique: { key: input.path, window: '1h' } } : undefined
    })`,

  'typed() and handle() give a definition its types and its handler apart': `
    const inert = defineTask({ name: 't', input: typed<{ path: string }>(), output: typed<number>() })
    const complete = inert.handle(async ({ path }, { signal, attempt }) => {
      is<Same<typeof path, string>>()
      is<Same<typeof signal, AbortSignal>>()
      is<Same<typeof attempt, number>>()
      return path.length
    })
    const result = await (await tasq.enqueue(inert, { path: 'a' })).result()
    is<Same<typeof result, number>>()
    createTasq({ driver: memory(), tasks: [complete] })`,

  'where nothing is said of the result, handle() infers it': `
    const complete = defineTask({ name: 't', input: typed<number>() }).handle((n) => [n])
    is<Same<ResultOf<typeof complete>, number[]>>()`,

  'a handler may be asynchronous or not, and take nothing, its input, or its context': `
    createTasq({
      driver: memory(),
      tasks: [
        defineTask({ name: 'a', run: () => {} }),
        defineTask({ name: 'b', run: async () => {} }),
        defineTask({ name: 'c', run: (_, { log }) => log('hello', { a: 1 }) }),
        defineTask({ name: 'd', input: z.string(), run: async (text, { progress }) => progress(text) }),
      ],
    })`,

  'every option there is': `
    defineTask({
      name: 't',
      queue: 'q',
      priority: -128,
      retry: { maxAttempts: 5, strategy: 'linear', delay: '1.5s', maxDelay: 500, jitter: 0 },
      timeout: '5m',
      keepResult: true,
      expiresIn: '1d',
      visibilityTimeout: '250ms',
      keepDeadLetter: '14d',
    })
    const priority: Priority = 'critical'
    await tasq.enqueue(ping, undefined, { priority, runAt: new Date(), expiresAt: new Date(), headers: { a: '1' } })`,

  'a transaction takes the client of the driver that has them': `
    declare const client: Client
    await sqlTasq.enqueue(ping, undefined, { tx: client })
    await sqlTasq.enqueueMany(ping, [undefined], { tx: client })
    await sqlTasq.enqueueMany(ping, [undefined], () => ({ tx: client }))`,

  'a store beside a broker brings results, cancelling and its transactions': `
    declare const client: Client
    const mixed = createTasq({ driver: broker, store: sqlStore, tasks: [ping] })
    const handle = await mixed.enqueue('ping', undefined, { tx: client, unique: { key: 'k' } })
    const result = await handle.result()
    is<Same<typeof result, string>>()
    await handle.cancel()
    await handle.retry()`,

  'a store without transactions takes none away': `
    const mixed = createTasq({ driver: broker, store: memory() })
    await (await mixed.enqueue(ping)).cancel()`,

  'a store beside a broker brings what processes share, and what they tell one another': `
    const { coordination, events } = createTasq({ driver: broker, store: memory() }).driver
    await coordination.read('control')
    await events.publish('channel', ['hello'])`,

  'a driver may carry the messages of another one': `
    const apart = createTasq({ driver: sqlStore, events: memory(), tasks: [ping] })
    await apart.driver.events.publish('channel', ['hello'])
    declare const client: Client
    await (await apart.enqueue('ping', undefined, { tx: client })).cancel()
    const mixed = createTasq({ driver: broker, store: sqlStore, events: memory() })
    await mixed.driver.events.publish('channel', ['hello'])
    await (await mixed.enqueue(ping)).cancel()`,

  'events carry what they say': `
    tasq.events.on('task:failed', async ({ id, failure }) => {
      is<Same<typeof id, string>>()
      is<Same<typeof failure.message, string>>()
    })
    const stop: () => void = tasq.events.on('worker:online', ({ queues }) => {
      is<Same<typeof queues, readonly string[]>>()
    })`,

  "a codec, a clock and middleware of one's own": `
    createTasq({
      driver: memory(),
      codec: { contentType: 'own', encode: () => new Uint8Array(), decode: (bytes) => bytes.length },
      clock: { now: () => 0, monotonic: () => 0, setTimeout: () => ({}), clearTimeout: () => {} },
      middleware: [
        { enqueue: (context, next) => { context.headers.trace = context.id; return next() } },
        { attempt: async (context, input, next) => await next() },
      ],
    })`,
}

/** Uses that must not compile, and what the compiler must say of each. */
export const wrong: Readonly<Record<string, { readonly code: string; readonly says: readonly string[] }>> = {
  'a wrong payload': {
    code: `await tasq.enqueue(resize, { path: 'a.png', width: 'wide' })`,
    says: [`Type 'string' is not assignable to type 'number'`],
  },
  'a payload with a field too many': {
    code: `await tasq.enqueue(resize, { path: 'a.png', width: 8, height: 6 })`,
    says: [`'height' does not exist in type '{ path: string; width: number; }'`],
  },
  'a wrong payload of a follow-up': {
    code: `defineTask({ name: 't', run: async (_: void, { enqueue }) => void (await enqueue(resize, { path: 'a.png', width: 'wide' })) })`,
    says: [`Type 'string' is not assignable to type 'number'`],
  },
  'a follow-up in a transaction': {
    code: `defineTask({ name: 't', run: async (_: void, { enqueue }) => void (await enqueue(ping, undefined, { tx: new Client() })) })`,
    says: [`'tx' does not exist in type`],
  },
  'a function in the retries of an enqueue': {
    code: `await tasq.enqueue(ping, undefined, { retry: { strategy: () => 1_000 } })`,
    says: [`Type '() => number' is not assignable to type`],
  },
  'a missing input': {
    code: `await tasq.enqueue(resize)`,
    says: [`Expected 2-3 arguments, but got 1`],
  },
  'a wrong payload by name': {
    code: `await tasq.enqueue('image.resize', { path: 5, width: 5 })`,
    says: [`Type 'number' is not assignable to type 'string'`],
  },
  'a wrong payload among many': {
    code: `await tasq.enqueueMany(resize, [{ path: 'a.png', width: 1 }, { path: 'b.png' }])`,
    says: [`Property 'width' is missing in type '{ path: string; }'`],
  },
  'a wrong input in a schedule': {
    code: `await tasq.schedules.set({ id: 'a', task: resize, input: { path: 5, width: 5 }, every: '1h' })`,
    says: [`Type 'number' is not assignable to type 'string'`],
  },
  'a schedule by name without the input that it needs': {
    code: `await tasq.schedules.set({ id: 'a', task: 'image.resize', every: '1h' })`,
    says: [`Property 'input' is missing`],
  },
  'a schedule of a task that the app does not know': {
    code: `await tasq.schedules.set({ id: 'a', task: 'image.rezise', every: '1h' })`,
    says: [`"image.rezise"`, `"image.resize"`],
  },
  'a wrong input in a schedule in code': {
    code: `defineSchedule({ id: 'a', task: resize, input: { path: 5, width: 5 }, every: '1h' })`,
    says: [`Type 'number' is not assignable to type 'string'`],
  },
  'a schedule in code without the input that it needs': {
    code: `defineSchedule({ id: 'a', task: resize, every: '1h' })`,
    says: [`Property 'input' is missing`],
  },
  'a schedule with two kinds of times': {
    code: `await tasq.schedules.set({ id: 'a', task: ping, every: '1h', cron: '0 3 * * *' })`,
    says: [`is not assignable to`],
  },
  'an unknown task name': {
    code: `await tasq.enqueue('image.rezise', { path: 'a.png', width: 1 })`,
    says: [`"image.rezise"`, `"image.resize"`],
  },
  'a wrong result type': {
    code: `const text: string = await (await tasq.enqueue(ping)).result().then(() => tasq.enqueue(resize, { path: '', width: 1 })).then((handle) => handle.result())`,
    says: [`Type '{ bytes: number; }' is not assignable to type 'string'`],
  },
  'a handler that uses a field which does not exist': {
    code: `defineTask({ name: 't', input: z.object({ path: z.string() }), run: ({ file }) => file })`,
    says: [`Property 'file' does not exist on type '{ path: string; }'`],
  },
  'a handler that returns what its output schema forbids': {
    code: `defineTask({ name: 't', output: z.object({ bytes: z.number() }), run: async () => ({ bytes: 'many' }) })`,
    says: [`Type 'string' is not assignable to type 'number'`],
  },
  'a handler given apart that takes another input': {
    code: `defineTask({ name: 't', input: typed<{ path: string }>() }).handle((input: { file: string }) => input.file)`,
    says: [`Property 'file' is missing in type '{ path: string; }' but required in type '{ file: string; }'`],
  },
  'a handler given apart that returns another result': {
    code: `defineTask({ name: 't', output: typed<number>() }).handle(() => 'text')`,
    says: [`Type 'string' is not assignable to type 'Awaitable<HandlerReturn<number>>'`],
  },
  'a text that is no duration': {
    code: `await tasq.enqueue(ping, undefined, { delay: '10 seconds' })`,
    says: [`Type '"10 seconds"' is not assignable to type 'Duration | undefined'`],
  },
  'a priority that is none': {
    code: `await tasq.enqueue(ping, undefined, { priority: 'urgent' })`,
    says: [`Type '"urgent"' is not assignable to type 'Priority | undefined'`],
  },
  'a misspelled option of an enqueue': {
    code: `await tasq.enqueue(ping, undefined, { prioritty: 'high' })`,
    says: [`'prioritty' does not exist in type`, `Did you mean to write 'priority'?`],
  },
  'a misspelled option of a definition': {
    code: `defineTask({ name: 't', timeOut: '5m', run: () => {} })`,
    says: [`'timeOut' does not exist in type`, `Did you mean to write 'timeout'?`],
  },
  'a misspelled option of a worker': {
    code: `tasq.worker({ concurency: 5 })`,
    says: [`'concurency' does not exist in type 'WorkerOptions'`, `Did you mean to write 'concurrency'?`],
  },
  'a transaction on a driver that has none': {
    code: `declare const client: Client
      await tasq.enqueue(ping, undefined, { tx: client })`,
    says: [`type 'Client' but required in type 'ThisDriverHasNoTransactions'`],
  },
  'a transaction with a client of another driver': {
    code: `await sqlTasq.enqueue(ping, undefined, { tx: { query: () => {} } })`,
    says: [`'query' does not exist in type 'Client'`],
  },
  'a result on a driver that keeps none': {
    code: `await (await plainTasq.enqueue(ping)).result()`,
    says: [`Property 'result' does not exist on type`],
  },
  'to cancel on a driver that cannot': {
    code: `await (await plainTasq.enqueue(ping)).cancel()`,
    says: [`Property 'cancel' does not exist on type`],
  },
  'a transaction on a broker whose store has none': {
    code: `declare const client: Client
      await createTasq({ driver: broker, store: memory() }).enqueue(ping, undefined, { tx: client })`,
    says: [`type 'Client' but required in type 'ThisDriverHasNoTransactions'`],
  },
  'a look at a task of a broker, store or not': {
    code: `await (await createTasq({ driver: broker, store: sqlStore }).enqueue(ping)).inspect()`,
    says: [`Property 'inspect' does not exist on type`],
  },
  'a store that can be none': {
    code: `createTasq({ driver: broker, store: broker })`,
    says: [`No overload matches this call`],
  },
  'messages by a driver that carries none': {
    code: `createTasq({ driver: memory(), events: broker })`,
    says: [`No overload matches this call`],
  },
  'a look at a task on a driver that cannot': {
    code: `await (await plainTasq.enqueue(ping)).inspect()`,
    says: [`Property 'inspect' does not exist on type`],
  },
  'an event that does not exist': {
    code: `tasq.events.on('task:finished', () => {})`,
    says: [`Argument of type '"task:finished"' is not assignable to parameter of type`],
  },
  'a false claim of these very tests': {
    code: `is<Same<{ a: 1 }, { a?: 1 }>>()`,
    says: [`Type 'false' does not satisfy the constraint 'true'`],
  },
  'a field that an event does not have': {
    code: `tasq.events.on('task:enqueued', ({ attempt }) => attempt)`,
    says: [`Property 'attempt' does not exist on type 'TaskEvent'`],
  },
}
