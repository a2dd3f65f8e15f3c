import { databaseNames } from '../conventions.ts'
import type { Rule } from '../rule.ts'

export const kernelNames: Rule = {
  name: 'no database is named in the SQL kernel',
  check(repository) {
    const files = repository
      .withRole('kernel')
      .flatMap(({ folder }) => repository.typescript(`${folder}/src`))
    return files.flatMap((file) =>
      repository
        .text(file)
        .split('\n')
        .flatMap((text, index) => {
          const name = databaseNames.exec(text)?.[0]
          if (name === undefined) return []
          const remedy = 'Move what only one database needs into the dialect of its driver.'
          return [{ file, line: index + 1, problem: `'${name}' is the name of a database.`, remedy }]
        }),
    )
  },
}
