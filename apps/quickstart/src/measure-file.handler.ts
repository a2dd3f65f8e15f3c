import { measure } from './measure.ts'
import { measureFile as definition } from './measure-file.ts'

export const measureFile = definition.handle(({ path }, { signal }) => measure(path, signal))
