import * as v from 'valibot'
import { CodedError } from '../coded-error.ts'

/** One kind of request: its name and what its head and its reply's head must look like. */
export interface Message<
  Request extends v.GenericSchema = v.GenericSchema,
  Reply extends v.GenericSchema = v.GenericSchema,
> {
  readonly method: string
  readonly request: Request
  readonly reply: Reply
}

export class MessageError extends CodedError<'REQUEST_INVALID' | 'REPLY_INVALID' | 'METHOD_UNKNOWN'> {}

/** @throws MessageError REQUEST_INVALID */
export function parseRequest<Request extends v.GenericSchema>(
  message: Message<Request>,
  head: unknown,
): v.InferOutput<Request> {
  return parse(message.request, head, (reason) => {
    throw new MessageError('REQUEST_INVALID', `${message.method}: ${reason}`)
  })
}

/** @throws MessageError REPLY_INVALID */
export function parseReply<Reply extends v.GenericSchema>(
  message: Message<v.GenericSchema, Reply>,
  head: unknown,
): v.InferOutput<Reply> {
  return parse(message.reply, head, (reason) => {
    throw new MessageError('REPLY_INVALID', `reply to ${message.method}: ${reason}`)
  })
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  refuse: (reason: string) => never,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  return refuse(`${v.getDotPath(issue) ?? 'head'}: ${issue.message}`)
}
