import { CodedError } from '../coded-error.ts'

/** What a storing node refuses, besides what its store does. */
export class ServeError extends CodedError<
  'SHARD_NOT_FOUND' | 'SHARD_LONG' | 'RECORD_STALE' | 'RUN_DISCARDED' | 'STRIPE_HELD'
> {}
