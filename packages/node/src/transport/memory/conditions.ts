/** What one direction of the way between two peers is like. */
export interface LinkConditions {
  /** From one end to the other. */
  readonly latencyMs: number
  /** Shared by all streams of this direction; Infinity when it is no limit. */
  readonly bytesPerSecond: number
}

/** Asked for every piece that is sent and for every dial, so conditions may change at any time. */
export type Conditions = (from: string, to: string) => LinkConditions

export const perfectConditions: Conditions = () => ({ latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY })
