import { write as writeFile } from '@tasq/test-support'

/** Writes files below a folder, by their paths. */
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, contents] of Object.entries(files)) writeFile(folder, path, contents)
}

/** Many small files, each different. */
export function writeMany(folder: string, count: number): void {
  const numbers = Array.from({ length: count }, (_, index) => index)
  write(folder, Object.fromEntries(numbers.map((index) => [`${index % 20}/${index}.txt`, `file ${index}\n`])))
}
