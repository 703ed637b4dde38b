/** What Node was started with, captured before any of the app's code could change it. */
export interface Start {
  readonly cwd: string
  readonly argv: readonly string[]
  readonly execArgv: readonly string[]
  readonly env: Readonly<NodeJS.ProcessEnv>
  /** What runs the entry, for the user, if there was a choice. */
  readonly by?: string
}
