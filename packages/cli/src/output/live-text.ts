/** A text that is shown in the place of the one before; `done` leaves the last one standing, `clear` takes it away. */
export interface LiveText {
  show(text: string): void
  clear(): void
  done(): void
}

/** What takes a text away and writes another in its place. */
interface Update {
  (text: string): void
  clear(): void
  done(): void
}

/** Shows texts on a terminal. What does that is loaded with the first of them: few commands have any. */
export function liveText(stream: NodeJS.WriteStream): LiveText {
  let update: Update | undefined
  let isLoading = false
  /** What is to be shown as soon as that is loaded. */
  let next: string | undefined
  const load = async () => {
    isLoading = true
    const { createLogUpdate } = await import('log-update')
    update = createLogUpdate(stream)
    if (next !== undefined) update(next)
    next = undefined
  }
  return {
    show(text) {
      if (update !== undefined) return update(text)
      next = text
      if (!isLoading) void load()
    },
    clear() {
      next = undefined
      update?.clear()
    },
    done() {
      if (next !== undefined) stream.write(`${next}\n`)
      next = undefined
      update?.done()
    },
  }
}
