import { CodedError } from '../coded-error.ts'

export class MembershipError extends CodedError<
  | 'NOT_A_MEMBER'
  | 'WRONG_NETWORK'
  | 'MEMBERSHIP_EXPIRED'
  | 'MEMBERSHIP_REVOKED'
  | 'NOT_PERMITTED'
  | 'INVITE_INVALID'
  | 'AUTHORITY_RETIRED'
> {}
