import { CodedError } from '../coded-error.ts'

export class HomeError extends CodedError<'HOME_MISSING' | 'HOME_EXISTS' | 'HOME_INVALID' | 'AUTHORITY_MISSING'> {}
