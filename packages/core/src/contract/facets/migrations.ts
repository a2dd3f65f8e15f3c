/** The schema of a backend that has one. Safe when several processes start at once. */
export interface Migrations {
  /** Names of the steps that `apply` would take, in order. */
  pending(): Promise<readonly string[]>
  /** Takes them, each in a transaction of its own where the backend can; resolves to those it took. */
  apply(): Promise<readonly string[]>
}
