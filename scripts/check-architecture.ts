// Checks the rules of this repository that no other tool knows, and shows all that breaks them.

import { describe } from './architecture/finding.ts'
import { Repository } from './architecture/repository.ts'
import { rules } from './architecture/rules.ts'
import { root } from './root.ts'

const repository = new Repository(root)
let broken = 0
for (const rule of rules) {
  const answer = await rule.check(repository)
  if ('notApplicable' in answer) {
    console.log(`- ${rule.name}: not applicable, ${answer.notApplicable}`)
  } else if (answer.length === 0) {
    console.log(`✓ ${rule.name}`)
  } else {
    broken += 1
    console.error(`✗ ${rule.name}:`)
    for (const finding of answer) console.error(`  ${describe(finding)}`)
  }
}
console.log(
  broken === 0 ? `All ${rules.length} rules hold.` : `${broken} of ${rules.length} rules are broken.`,
)
process.exitCode = broken === 0 ? 0 : 1
