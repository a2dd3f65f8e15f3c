import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs the benchmark as `pnpm bench` does. */
function bench(...args: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--no-warnings', main, ...args], (_, output, errors) =>
      resolve({ code: child.exitCode, output, errors }),
    )
  })
}

function drain(backend: string): Promise<Ended> {
  const size = ['--tasks', '500', '--rounds', '1', '--repeats', '0']
  return bench('--backend', backend, '--workload', 'W3 at 100', ...size)
}

// Only that each measurement comes to its end, with every task run exactly once; how fast is for the benchmark itself.
test.each(['memory', 'sqlite', 'redis', 'postgres', 'mysql', 'rabbitmq', 'sqs'])(
  'a drain on %s comes to a figure',
  async (backend) => {
    const { code, output, errors } = await drain(backend)
    expect(code, `${output}\n${errors}`).toBe(0)
    expect(output).toMatch(/\| W3 at 100 \| tasq.* \| [\d,.]+ \|/)
    expect(output).toMatch(/\| W3 at 100 \| raw.* \| [\d,.]+ \|/)
    expect(output).not.toContain('no figure')
  },
)

test.each(['rabbitmq+redis', 'rabbitmq+postgres', 'rabbitmq+sqlite', 'sqs+redis', 'sqs+sqlite'])(
  'a drain on %s comes to a figure',
  async (backend) => {
    const [, store] = backend.split('+')
    const { code, output, errors } = await drain(backend)
    expect(code, `${output}\n${errors}`).toBe(0)
    expect(output).toMatch(new RegExp(`\\| W3 at 100 \\| tasq \\+ ${store} \\| [\\d,.]+ \\|`))
    expect(output).not.toContain('no figure')
  },
)

test('a soak comes to a figure, with what became of the heap', async () => {
  const size = ['--seconds', '1', '--rounds', '1', '--repeats', '0']
  const { code, output, errors } = await bench('--backend', 'memory', '--workload', 'W13', ...size)
  expect(code, `${output}\n${errors}`).toBe(0)
  expect(output).toMatch(/\| W13 soak \| tasq \| [\d,.]+ \|.*heap kB\/min -?[\d,.]+, first MB/)
})

test('enqueuing with few and with many unique keys comes to a ratio', async () => {
  const size = ['--tasks', '500', '--rounds', '1', '--repeats', '0']
  const { code, output, errors } = await bench('--backend', 'sqlite', '--workload', 'W14', ...size)
  expect(code, `${output}\n${errors}`).toBe(0)
  expect(output).toMatch(/\| W14 keys \| tasq \| [\d.]+ \|.*of duplicates [\d.]+, tasks\/s with few [\d,.]+/)
})

test('what telling of each task costs comes to a figure for each way to tell, against none', async () => {
  const size = ['--tasks', '500', '--rounds', '1', '--repeats', '0']
  const { code, output, errors } = await bench(
    '--backend',
    'memory',
    '--peer',
    'tasq',
    '--workload',
    'W12',
    ...size,
  )
  expect(code, `${output}\n${errors}`).toBe(0)
  for (const name of ['counts', 'sampled', 'traced', 'published']) {
    expect(output).toMatch(new RegExp(`- W12 ${name}: of W12 plain in the same round: [\\d.]+ \\(`))
  }
})

test.each([
  { args: ['--backend', 'oracle'], message: 'not oracle' },
  { args: ['--peer', 'celery'], message: 'not celery' },
  { args: ['--workload', 'W15'], message: 'not W15' },
  { args: ['--tasks', '0'], message: 'from 1 on, not 0' },
  { args: ['--seconds', '0'], message: 'from 1 on, not 0' },
  { args: ['--repeats', 'often'], message: 'from 0 on, not often' },
])('$args.0 is refused where it is $args.1', async ({ args, message }) => {
  const { code, output, errors } = await bench(...args)
  expect({ code, output }).toEqual({ code: 2, output: '' })
  expect(errors).toContain(message)
})
