import { CodedError } from '../coded-error.ts'

export class IdentityError extends CodedError<
  | 'IDENTITY_MISSING'
  | 'IDENTITY_EXISTS'
  | 'IDENTITY_EXPOSED'
  | 'IDENTITY_INVALID'
  | 'PASSPHRASE_MISSING'
  | 'PASSPHRASE_WRONG'
> {}
