import { NOT_FOUND } from '../protocol/exit.ts'

/** What the user got wrong: said without a stack, and the command ends with this status. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly status: number

  constructor(message: string, status: number = MISUSE) {
    super(message)
    this.status = status
  }
}

/** A command line or a configuration that makes no sense; as shells and most tools have it. */
const MISUSE = 2

/** A file that is not there; it may come. */
export class MissingFile extends UsageError {
  /** As it was typed. */
  readonly file: string
  readonly directory: string

  constructor(file: string, directory: string) {
    super(`there is no file ${file} in ${directory}`, NOT_FOUND)
    this.file = file
    this.directory = directory
  }
}
