const EVAL = /^(-e|-p|-pe|--eval|--print)$/

/** What Node was told at the start of this process, for one that it makes: without what is for it alone: the port of a debugger, which is taken, and a program given as text. */
export function nodeArguments(own: readonly string[]): string[] {
  return own.filter((argument, index) => {
    const isProgram = EVAL.test(argument) || EVAL.test(own[index - 1] ?? '')
    return !isProgram && !argument.startsWith('--inspect')
  })
}
