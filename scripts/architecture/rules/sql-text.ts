import { allowedSql } from '../conventions.ts'
import type { Rule } from '../rule.ts'
import { lineOf, literalText, nodesOf } from '../syntax.ts'

export const sqlText: Rule = {
  name: 'SQL stands in statements/ and migrations/',
  check(repository) {
    return repository.withRole('sql-driver', 'kernel').flatMap(({ folder }) =>
      repository.typescript(`${folder}/src`).flatMap((file) =>
        nodesOf(repository.source(file)).flatMap((node) => {
          const text = literalText(node)
          if (text === undefined || !isSql(text) || isAllowed(file.slice(folder.length + 1), text)) return []
          const problem = `This is SQL: '${text.trim().replace(/\s+/g, ' ').slice(0, 60)}'.`
          const remedy = 'Put the statement into a file of its own in statements/, and import that.'
          return [{ file, line: lineOf(node), problem, remedy }]
        }),
      ),
    )
  },
}

/** A statement begins so; in a sentence the first word would have a capital letter only. */
const statement =
  /^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE|WITH|CREATE|ALTER|DROP|TRUNCATE|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|VACUUM|ANALYZE|ATTACH|LOCK|SET|SHOW|LISTEN|UNLISTEN|NOTIFY|CALL|EXPLAIN)(\s|;|$)/
const lowerCaseStatement =
  /^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(create|drop|alter)\s+(table|index|view)\s)/is
/** A piece of one, to be put together. */
const fragment =
  /\b(FROM|WHERE|VALUES|ORDER BY|GROUP BY|RETURNING|ON CONFLICT|ON DUPLICATE KEY|FOR UPDATE|SKIP LOCKED|LEFT JOIN|INNER JOIN|LIMIT \S)/

function isSql(text: string): boolean {
  return statement.test(text) || lowerCaseStatement.test(text) || fragment.test(text)
}

function isAllowed(file: string, text: string): boolean {
  return (
    allowedSql.some((allowed) => allowed.file === file && allowed.text.test(text.trim())) &&
    !fragment.test(text)
  )
}
