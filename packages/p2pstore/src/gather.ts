/** For options that can be repeated: commander calls it with each value and what it returned before. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
