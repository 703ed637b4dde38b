/**
 * Sorts the preloads among Node's flags: loaders must come before everything else; all others can run in
 * the child's own preload, in order, once the child is launched.
 */
import { fileURLToPath } from 'node:url'
import type { Preload } from '../../protocol/child-config.ts'
import { isPlugNPlay } from '../../system/flag-kinds.ts'
import { ownFile } from '../../system/own-files.ts'

export interface Flags {
  /** Flags that Node itself must be given. */
  readonly native: readonly string[]
  readonly preloads: readonly Preload[]
  /** The loaders among the native flags. */
  readonly loaders: readonly string[]
}

/**
 * Packages that only teach Node a language, without other side effects. Any other preload may open
 * connections or read files (`dotenv/config`, an instrumentation).
 */
const LOADERS =
  /^(tsx|ts-node|ts-node-dev|@swc-node\/register|@oxc-node\/core|esbuild-register|@babel\/register|sucrase)(\/|$)/

/** `areAhead`: whether Node may be given the loaders before all else. */
export function sortFlags(flags: readonly string[], areAhead: boolean): Flags {
  const native: string[] = []
  const preloads: Preload[] = []
  const loaders: string[] = []
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at] as string
    const [, name, value] = /^(--import|--require|-r)(?:=(.*))?$/s.exec(flag) ?? []
    if (name === undefined) {
      native.push(flag)
      continue
    }
    if (value === undefined) at += 1
    const specifier = value ?? (flags[at] as string)
    const loader = areAhead ? loaderIn(specifier) : undefined
    // Without Plug'n'Play, not even our own files are found.
    if (isPlugNPlay(specifier)) native.push(name, specifier)
    else if (loader !== undefined) {
      native.push(name, specifier)
      loaders.push(loader)
    } else preloads.push({ kind: name === '--import' ? 'import' : 'require', specifier })
  }
  return { native, preloads, loaders }
}

export const loaderIn = (specifier: string): string | undefined => LOADERS.exec(packageIn(specifier))?.[1]

/** Returns the words of NODE_OPTIONS without Yarn's, which find packages and teach Node no language. */
export function withoutPlugNPlay(words: readonly string[]): string[] {
  return words.filter(
    (word, at) => !isPlugNPlay(word) && !(isPlugNPlay(words[at + 1] ?? '') && NAMES_NEXT.test(word)),
  )
}

const NAMES_NEXT = /^(-r|--require|--import|--(experimental-)?loader)$/

/** Returns the flags without the one that made this process a parent (`--import exit75/register`). */
export function withoutRegister(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => {
    const isValue = flag.startsWith('--import=') || flags[at - 1] === '--import'
    if (isValue) return !isRegister(flag.replace(/^--import=/, ''))
    return !(flag === '--import' && isRegister(flags[at + 1] ?? ''))
  })
}

const isRegister = (specifier: string): boolean =>
  specifier === 'exit75/register' ||
  /(^|\/)exit75\/dist\/register\.js$/.test(specifier) ||
  [OWN_REGISTER().href, fileURLToPath(OWN_REGISTER())].includes(specifier)
const OWN_REGISTER = () => ownFile('register.js', 'exit75')

/** `tsx` in `tsx`, and in `file:///…/node_modules/tsx/dist/loader.mjs`. */
const packageIn = (specifier: string): string => specifier.split('node_modules/').at(-1) ?? specifier
