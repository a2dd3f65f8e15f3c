import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'

/** What a key does on a screen; other keys are the text that they write. */
export type Key = 'up' | 'down' | 'end' | 'resized' | { readonly text: string }

/** Hears keys until the function that it gives is called. */
export type Keys = (listener: (key: Key) => void) => () => void

/** Takes keys from a terminal one by one, without showing them; Ctrl-C and Ctrl-D are the key `end`. */
export function keysOf(input: ReadStream, output: WriteStream): Keys {
  return (listener) => {
    const onKey = (text: string | undefined, pressed: Pressed) => listener(keyOf(text, pressed))
    const onResize = () => listener('resized')
    const onEnd = () => listener('end')
    emitKeypressEvents(input)
    input.setRawMode(true)
    input.on('keypress', onKey).on('end', onEnd).resume()
    output.on('resize', onResize)
    return () => {
      input.off('keypress', onKey).off('end', onEnd).pause()
      output.off('resize', onResize)
      input.setRawMode(false)
    }
  }
}

interface Pressed {
  readonly name?: string
  readonly ctrl?: boolean
}

function keyOf(text: string | undefined, { name, ctrl }: Pressed): Key {
  if (ctrl === true && (name === 'c' || name === 'd')) return 'end'
  return name === 'up' || name === 'down' ? name : { text: text ?? '' }
}
