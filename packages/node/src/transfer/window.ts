/**
 * Runs a task on every item, up to `limit` at once, and yields the results in order. When the consumer stops, or a task or
 * the source fails, the others are aborted and awaited before the failure goes on: nothing is left running behind it.
 */
export async function* inWindow<In, Out>(
  source: AsyncIterable<In> | Iterable<In>,
  limit: number,
  run: (item: In, signal: AbortSignal) => Promise<Out>,
): AsyncGenerator<Out> {
  const abort = new AbortController()
  const running: Promise<Out>[] = []
  try {
    for await (const item of source) {
      const task = run(item, abort.signal)
      task.catch(() => {})
      running.push(task)
      if (running.length >= limit) yield await (running.shift() as Promise<Out>)
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next
  } finally {
    abort.abort()
    await Promise.allSettled(running)
  }
}
