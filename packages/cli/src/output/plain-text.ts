// What others have said may have lines and control characters in it, which a terminal would obey: they may move the cursor, break a table,
// or pass for a message of ours.

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]+/g

/** A text without control characters, in its lines. */
export function printable(text: string): string {
  return text.replace(CONTROLS, ' ')
}

/** The same in one line. */
export function oneLine(text: string): string {
  return printable(text.replaceAll('\n', ' '))
}
