/** Removal of what has been kept long enough, on backends that do not forget by themselves. */
export interface Retention {
  /** Removes up to `limit` expired outcomes, dead letters, receipts and unique keys; resolves to how many. */
  trim(limit: number): Promise<number>
}
