/** Something that breaks a rule. */
export interface Finding {
  /** From the root of the repository. */
  readonly file: string
  /** From 1; absent where the whole file is meant. */
  readonly line?: number | undefined
  readonly problem: string
  /** What to do about it. */
  readonly remedy: string
}

/** `packages/core/src/index.ts:12: what is wrong. What to do.` */
export function describe({ file, line, problem, remedy }: Finding): string {
  return `${line === undefined ? file : `${file}:${line}`}: ${problem} ${remedy}`
}
