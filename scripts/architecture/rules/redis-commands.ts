import ts from 'typescript'
import { redisCommandFiles, redisCommands } from '../conventions.ts'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'

export const redisCommandsInLua: Rule = {
  name: 'commands of Redis stand in lua/',
  check(repository) {
    const allowed = redisCommandFiles.map((file) => `packages/redis/${file}`)
    const files = repository.typescript('packages/redis/src').filter((file) => !allowed.includes(file))
    return files.flatMap((file) =>
      nodesOf(repository.source(file)).flatMap((node) => {
        if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return []
        const command = node.expression.name.text
        if (!redisCommands.test(command)) return []
        const remedy = `Make it part of a script in lua/; what blocks stands in ${redisCommandFiles.join(' or ')}.`
        return [{ file, line: lineOf(node), problem: `'${command}' is a command of Redis.`, remedy }]
      }),
    )
  },
}
