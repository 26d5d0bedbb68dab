/** A promise of the store that did not hold. */
export class Violation extends Error {
  /** Which promise, by the name of its checker. */
  readonly checker: string

  constructor(checker: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Violation'
    this.checker = checker
  }
}
