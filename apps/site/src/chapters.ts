/** A group of the sidebar, as it is written down here. */
export interface ChapterPlan {
  readonly title: string
  /** Documents of the repository, in order. */
  readonly pages: readonly string[]
  /** Folders whose documents follow, by name, where no chapter names them. @default none */
  readonly folders?: readonly string[]
}

/** The order in which a reader needs the documents. */
export const chapters: readonly ChapterPlan[] = [
  {
    title: 'Start',
    pages: ['docs/start.md', 'docs/when-not-to-use.md'],
  },
  {
    title: 'Concepts',
    pages: [
      'docs/concepts.md',
      'docs/guarantees.md',
      'docs/task-lifecycle.md',
      'docs/mixing.md',
      'docs/glossary.md',
    ],
  },
  {
    title: 'Guides',
    pages: [
      'docs/how-to/web-app.md',
      'docs/how-to/retry.md',
      'docs/how-to/cancel-and-time-limits.md',
      'docs/how-to/schedules.md',
      'docs/how-to/one-task-for-many-calls.md',
      'docs/how-to/enqueue-in-a-transaction.md',
      'docs/how-to/follow-ups.md',
      'docs/how-to/progress.md',
      'docs/how-to/threads-and-processes.md',
      'docs/how-to/middleware.md',
      'docs/how-to/test-your-tasks.md',
      'docs/how-to/change-the-backend.md',
    ],
    folders: ['docs/how-to'],
  },
  {
    title: 'Samples',
    pages: [
      'apps/README.md',
      ...['quickstart', 'web-api', 'image-pipeline', 'crawler', 'reports'].map(
        (app) => `apps/${app}/README.md`,
      ),
    ],
  },
  {
    title: 'Operate',
    pages: [
      'docs/deploy.md',
      'docs/how-to/run-workers.md',
      'docs/how-to/operate.md',
      'docs/how-to/clusters-and-pools.md',
      'docs/how-to/pause-and-limit.md',
      'docs/how-to/keep-what-is-over.md',
      'docs/how-to/observe.md',
      'docs/how-to/events.md',
      'docs/how-to/secure.md',
    ],
  },
  {
    title: 'Coming from',
    pages: [
      'docs/coming-from/bullmq.md',
      'docs/coming-from/pg-boss.md',
      'docs/coming-from/graphile-worker.md',
      'docs/coming-from/celery.md',
      'docs/coming-from/asynctasq.md',
    ],
    folders: ['docs/coming-from'],
  },
  {
    title: 'Reference',
    pages: [
      'docs/reference/options.md',
      'docs/driver-matrix.md',
      'docs/errors.md',
      'docs/versions.md',
      'packages/core/README.md',
      'packages/cli/README.md',
      'packages/otel/README.md',
      'packages/testkit/README.md',
      'docs/parity.md',
      'docs/benchmarks.md',
    ],
    folders: ['docs/reference'],
  },
  {
    title: 'Drivers',
    pages: ['sqlite', 'redis', 'postgres', 'mysql', 'rabbitmq', 'sqs'].map(
      (driver) => `packages/${driver}/README.md`,
    ),
  },
  {
    title: 'Contribute',
    pages: ['CONTRIBUTING.md', 'docs/how-to/write-a-driver.md', 'docs/architecture.md'],
    folders: ['docs/contributing', 'docs/decisions', 'docs'],
  },
]
