/** What the user got wrong: said without a stack, and the command ends with this status. */
export class UsageError extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(message: string, status: number = MISUSE) {
    super(message)
    this.status = status
  }
}

/** A command line or a configuration that makes no sense; as shells and most tools have it. */
const MISUSE = 2
