/** What the files of a new project say. */
export interface ProjectShape {
  readonly driver: string
  /** Of the folder, fit for package.json. */
  readonly name: string
  readonly language: 'typescript' | 'javascript'
  /** Of the files with code: `ts`, `mts`, `js` or `mjs`. */
  readonly ending: string
}

/** The settings of the project, beside what the environment says. */
export function configText({ driver, ending }: ProjectShape): string {
  return `import { defineConfig } from '@tasq/cli'

// What tasq's commands find when they are run in this folder. Flags, TASQ_* variables and .env go before it.
export default defineConfig({
  driver: '${driver}',
  tasks: ['tasks/*.${ending}'],
})
`
}

/** The first task. */
export function taskText({ language }: ProjectShape): string {
  return language === 'typescript' ? TYPESCRIPT_TASK : JAVASCRIPT_TASK
}

const TYPESCRIPT_TASK = `import { defineTask } from '@tasq/core'

export interface Greeting {
  readonly name: string
}

export const hello = defineTask({
  name: 'hello',
  retry: { maxAttempts: 5, delay: '10s' },
  run: async ({ name }: Greeting) => {
    console.log(\`Hello, \${name}!\`)
  },
})
`

const JAVASCRIPT_TASK = `import { defineTask } from '@tasq/core'

export const hello = defineTask({
  name: 'hello',
  retry: { maxAttempts: 5, delay: '10s' },
  /** @param {{ readonly name: string }} input */
  run: async ({ name }) => {
    console.log(\`Hello, \${name}!\`)
  },
})
`

/** What is told of the backend by the environment, as it is without that. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  sqlite: ['TASQ_SQLITE_FILE=tasq.db'],
  redis: ['TASQ_REDIS_URL=redis://localhost:6379'],
  postgres: ['TASQ_POSTGRES_DSN=postgresql://user:password@localhost:5432/app'],
  mysql: ['TASQ_MYSQL_DSN=mysql://user:password@localhost:3306/app'],
  rabbitmq: ['TASQ_RABBITMQ_URL=amqp://localhost:5672'],
  sqs: [
    'TASQ_SQS_REGION=eu-central-1',
    '# Left empty, the AWS SDK looks for keys where it always does.',
    'TASQ_AWS_ACCESS_KEY_ID=',
    'TASQ_AWS_SECRET_ACCESS_KEY=',
  ],
}

/** What to copy to `.env`. */
export function envText({ driver }: ProjectShape): string {
  return `# Copy this file to .env and say there what holds on this machine. Keep .env out of version control.
# Every flag can be said so: --redis-url is TASQ_REDIS_URL.
${(VARIABLES[driver] ?? []).join('\n')}
`
}

/** A package of ES modules. */
export function manifestText({ name }: ProjectShape): string {
  const manifest = {
    name,
    private: true,
    type: 'module',
    scripts: { worker: 'tasq worker', top: 'tasq top' },
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}
