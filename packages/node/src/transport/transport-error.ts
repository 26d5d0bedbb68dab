import { CodedError } from '../coded-error.ts'

export class TransportError extends CodedError<'ADDRESS_IN_USE' | 'ADDRESS_INVALID' | 'PEER_UNREACHABLE'> {}
