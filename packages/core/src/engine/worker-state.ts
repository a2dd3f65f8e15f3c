/** Where a worker is in its life: `created → starting → running ⇄ paused → stopping → stopped`. */
export type WorkerState = 'created' | 'starting' | 'running' | 'paused' | 'stopping' | 'stopped'
