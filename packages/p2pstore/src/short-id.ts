const shortLength = 12

/** The end of a peer id: enough for people to tell peers by, and tables with two of them fit a screen. `members` has them whole. */
export function shortId(peerId: string): string {
  return peerId.slice(-shortLength)
}
