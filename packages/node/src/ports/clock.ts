/** A pending call of {@link Clock.setTimer}. */
export interface Timer {
  /** Forgets the call; does nothing when it has already happened. */
  cancel(): void
}

/** Time as the node sees it. The simulator hands in a virtual one; nothing else in the node may ask what time it is. */
export interface Clock {
  /** Whole milliseconds since the Unix epoch; may jump when the machine's clock is set. */
  nowMs(): number
  /** Milliseconds since some fixed moment; never runs backwards. Use it for durations. */
  monotonicMs(): number
  /** Calls `fire` once, `delayMs` from now. */
  setTimer(delayMs: number, fire: () => void): Timer
}
