import { everything } from './everything.ts'

/** A driver, as far as it is needed here. */
interface Opened {
  open(): Promise<void>
  close(): Promise<void>
}

/**
 * All that is told when drivers are made and opened that can't be.
 * @throws where one can be opened after all: then nothing was told.
 */
export async function allTold(makers: readonly (() => Opened)[]): Promise<string> {
  const told = await Promise.all(makers.map(refusalOf))
  return told.join('\n')
}

async function refusalOf(make: () => Opened): Promise<string> {
  let driver: Opened
  try {
    driver = make()
  } catch (error) {
    return everything(error)
  }
  try {
    await driver.open()
  } catch (error) {
    return everything(error)
  } finally {
    await driver.close()
  }
  throw new Error(`It could be opened: ${make}`)
}
