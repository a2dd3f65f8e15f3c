import { rawScenarios } from './scenarios/raw.ts'
import { tasqScenarios } from './scenarios/tasq.ts'

// One scenario in a process of its own: its name and the number of tasks come in, its figure goes out as JSON.
const [name, tasks] = process.argv.slice(2)
const scenario = [...rawScenarios, ...tasqScenarios].find((each) => each.name === name)
if (scenario === undefined) throw new Error(`no scenario is named ${name}`)
if (scenario.isWarm) await scenario.run(Number(tasks))
console.log(JSON.stringify(await scenario.run(Number(tasks))))
