/** What members talk with, without what they talk about: for measuring it. */
export { createIdentity, identitySeedBytes } from './identity/identity.ts'
export { createRpc, type Rpc } from './protocol/rpc.ts'
export type { Encryption } from './transport/libp2p/encryption.ts'
export { createLibp2pTransport } from './transport/libp2p/transport.ts'
