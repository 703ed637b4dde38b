/** What is said about the packages of an app, so that a standby can load them ahead. */

/** A module of a package or of Node, as one of the app's own modules asked for it. */
export interface PackageModule {
  /** Resolved: `file:` or `node:`. */
  readonly url: string
  readonly by: 'import' | 'require'
  /** The file that asked for it first. Null for the entry of the program. */
  readonly from: string | null
}

/** What a generation is like once it has booted. */
export interface BootReport {
  /** In the order of their evaluation. */
  readonly packages: readonly PackageModule[]
  /** All variables: those that the app has set itself are not in a standby. */
  readonly env: Readonly<Record<string, string>>
  /** Names of the globals that are not as Node made them. */
  readonly globals: readonly string[]
  /** Properties of the language's own objects, of `process` and of Node's modules that are not, as `http.request`. */
  readonly properties: readonly string[]
  /** Whether there is a `require.main`. */
  readonly hasMain: boolean
  /** Whether the module system, the working directory or the arguments are not as they were before the app. */
  readonly hasChangedProcess: boolean
  /** Memory of the process, in bytes. */
  readonly rss: number
}

/** A package that has to be loaded by the app itself, since its import is not pure. */
export interface Unfit {
  readonly url: string
  /** What it does, as the end of a sentence: `writes to stdout`. */
  readonly why: string
}

/** What a standby loads before its launch. */
export interface LoadPlan
  extends Pick<BootReport, 'packages' | 'env' | 'globals' | 'properties' | 'hasMain'> {}

export const NOTHING_AHEAD: LoadPlan = {
  packages: [],
  env: {},
  globals: [],
  properties: [],
  hasMain: false,
}

/** The name of the package that a file belongs to, or what Node calls its own module. */
export function packageName(url: string): string {
  const inPackage = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(url)
  return decodeURIComponent(inPackage?.[1] ?? url)
}

/** What the user reads where a package is found to be unfit only when it is too late. */
export const withoutAhead = ({ url, why }: Unfit): string =>
  `${packageName(url)} ${why} · restarted without loading it ahead`

/** Not only modules of Node's, which read nothing that an app sets up, and need no observation. */
export const hasPackage = ({ packages }: LoadPlan): boolean =>
  packages.some(({ url }) => !url.startsWith('node:'))
