import { NOT_FOUND } from '../protocol/exit.ts'

/** A mistake of the user's: reported without a stack; the command exits with `status`. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly status: number

  constructor(message: string, status: number = MISUSE) {
    super(message)
    this.status = status
  }
}

/** Exit code for an invalid command line or configuration, as in shells and most tools. */
const MISUSE = 2

/** A file that does not exist, but may be created. */
export class MissingFile extends UsageError {
  /** As typed. */
  readonly file: string
  readonly directory: string

  constructor(file: string, directory: string) {
    super(`there is no file ${file} in ${directory}`, NOT_FOUND)
    this.file = file
    this.directory = directory
  }
}
