/** What parent and child tell each other about an app's packages, so that a standby can load them ahead. */

/** A module of a package or of Node, as one of the app's own modules asked for it. */
export interface PackageModule {
  /** Resolved: `file:` or `node:`. */
  readonly url: string
  readonly by: 'import' | 'require'
  /** The file that asked for it first. Null for the entry of the program. */
  readonly from: string | null
}

/** The state of a generation once it has booted. */
export interface BootReport {
  /** In the order of their evaluation. */
  readonly packages: readonly PackageModule[]
  /** All variables, also those that the app has set itself, which a standby lacks. */
  readonly env: Readonly<Record<string, string>>
  /** Names of the globals that the app has added, replaced or removed. */
  readonly globals: readonly string[]
  /** The same for properties of built-in objects, of `process` and of Node's modules, such as `http.request`. */
  readonly properties: readonly string[]
  /** Whether there is a `require.main`. */
  readonly hasMain: boolean
  /** Whether the module system, the working directory or the arguments are not as they were before the app. */
  readonly hasChangedProcess: boolean
  /** Memory of the process, in bytes. */
  readonly rss: number
}

/** A package that must be loaded by the app itself, since its import is not pure. */
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

/** Returns the name of the package that a file belongs to, or of Node's own module. */
export function packageName(url: string): string {
  const inPackage = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(url)
  return decodeURIComponent(inPackage?.[1] ?? url)
}

/** Returns the line for the user if a package is found to be unfit after it was loaded ahead. */
export const withoutAhead = ({ url, why }: Unfit): string =>
  `${packageName(url)} ${why} · restarted without loading it ahead`

/** Whether there is more than Node's own modules, for which alone it is not worth observing all that an app may set up. */
export const hasPackage = ({ packages }: LoadPlan): boolean =>
  packages.some(({ url }) => !url.startsWith('node:'))
