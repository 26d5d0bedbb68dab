/** A peer that was let in. */
export interface Member {
  readonly peerId: string
  /** What the member may do; checked by whoever handles its requests. */
  readonly role: string
  /** Peer id of the key that certified the member's own: the authority's, an invite's, or that of the node it is a session of. */
  readonly certifiedBy?: string
}

/** Decides who belongs to the network. What a credential holds is the doorman's business alone. */
export interface Doorman {
  /** Name of the network, the same for all its members; a peer that names another is turned away unheard. */
  readonly network: string
  /** What this peer shows to others, at most 16 KiB. */
  credential(): Uint8Array
  /**
   * Lets a peer in. That it holds the key of `remotePeerId` is already proven.
   * @throws CodedError why it is not let in; its code and message are told to the peer
   */
  admit(remotePeerId: string, credential: Uint8Array): Member
  /** Checks that a member is one to ask this of. @throws CodedError */
  assertAnswers(member: Member, method: string): void
}
