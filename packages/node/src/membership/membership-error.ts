import { CodedError } from '../coded-error.ts'

export class MembershipError extends CodedError<
  'NOT_A_MEMBER' | 'WRONG_NETWORK' | 'MEMBERSHIP_EXPIRED' | 'INVITE_INVALID'
> {}
