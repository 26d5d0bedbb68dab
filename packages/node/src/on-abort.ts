import { setMaxListeners } from 'node:events'

/** Never aborted: what nobody can give up waits for it, and leaves no listener. */
export const never: AbortSignal = new AbortController().signal

/**
 * Calls `listener` once, when the signal is aborted; at once if it already is. Returns a function that forgets the listener.
 * Any number of operations may share a signal, so Node's warning about many listeners is switched off for it.
 */
export function onAbort(signal: AbortSignal, listener: (reason: unknown) => void): () => void {
  if (signal.aborted) {
    listener(signal.reason)
    return () => {}
  }
  if (signal === never) return () => {}
  const onEvent = (): void => listener(signal.reason)
  setMaxListeners(0, signal)
  signal.addEventListener('abort', onEvent, { once: true })
  return () => signal.removeEventListener('abort', onEvent)
}
