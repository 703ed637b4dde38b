/** Settings of loaders by their names: what is read by native code, or only for the app's files, shows in no standby's boot. */
import { dirname, join } from 'node:path'
import type { NodeCommandLine } from './node-command.ts'
import { loaderIn } from './node-flags.ts'

/** Returns the paths at which the loaders of a program look for their settings. */
export function settingsFiles({ loaders, preloads, cwd, entry }: NodeCommandLine): string[] {
  const all = [...loaders, ...preloads.flatMap(({ specifier }) => loaderIn(specifier) ?? [])]
  const names = new Set(all.flatMap((loader) => SETTINGS[loader] ?? ['tsconfig.json']))
  const directories = new Set(entry === null ? [cwd] : [cwd, dirname(entry)])
  return [...directories].flatMap((directory) => [...names].map((name) => join(directory, name)))
}

const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  '@babel/register': ['babel.config.json', '.babelrc', '.babelrc.json'],
  '@swc-node/register': ['tsconfig.json', '.swcrc'],
  sucrase: [],
}
