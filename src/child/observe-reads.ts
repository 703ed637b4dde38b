/**
 * Records the files that a loader reads while a standby boots (tsconfig.json and what it extends, .swcrc, …):
 * if one changes, the standby is stale. Passed as the first `-r`, since loaders are flags themselves. The
 * patches are removed before the launch, so the app never sees them.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { StampedFile } from '../protocol/change.ts'
import { START } from '../watch/files/paths.ts'
import { OBSERVED, type ObservedReads } from './observed-reads.ts'

const SYNCHRONOUS = ['existsSync', 'statSync', 'lstatSync', 'accessSync', 'openSync', 'readFileSync']
const ASYNCHRONOUS = ['stat', 'access', 'open', 'readFile']

type Methods = Record<string, (...args: unknown[]) => unknown>

if (isMainThread) {
  delete require.cache[__filename] // hidden from the app
  observe()
}

export function observe(): void {
  const files = new Map<string, StampedFile>()
  const { statSync } = fs
  const note = (argument: unknown) => {
    const path = pathOf(argument)
    if (path === undefined || files.has(path) || isOfNoInterest(path)) return
    const stamp = stampBy(statSync, path)
    if (isNear(path) || (stamp !== '' && below(tmpdir(), path) === '')) files.set(path, { path, stamp })
  }
  const undo = [
    ...replace(fs as unknown as Methods, [...SYNCHRONOUS, ...ASYNCHRONOUS], note),
    ...replace(fs.promises as unknown as Methods, ASYNCHRONOUS, note),
  ]
  syncBuiltinESMExports()
  const observed: ObservedReads = {
    files,
    end() {
      for (const restore of undo) restore()
      syncBuiltinESMExports()
    },
  }
  Object.defineProperty(globalThis, OBSERVED, { value: observed, configurable: true })
}

function replace(methods: Methods, names: readonly string[], note: (path: unknown) => void): (() => void)[] {
  return names.map((name) => {
    const original = methods[name] as Methods[string]
    let isOver = false // other code may keep a reference to this method
    const observing = function (this: unknown, ...args: unknown[]): unknown {
      if (!isOver) note(args[0])
      return original.apply(this, args)
    }
    Object.defineProperties(observing, Object.getOwnPropertyDescriptors(original))
    methods[name] = observing
    return () => {
      isOver = true
      if (methods[name] === observing) methods[name] = original
    }
  })
}

function pathOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return resolve(START, argument)
  return argument instanceof URL && argument.protocol === 'file:' ? fileURLToPath(argument) : undefined
}

/** Like stampOf(), but with the original method, which is not observed. */
function stampBy(statSync: typeof fs.statSync, path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat?.isFile() ? `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}` : ''
  } catch {
    return ''
  }
}

/**
 * Packages are watched by what was installed, but settings that one only holds may be a link into the repository;
 * caches in dot directories and system files do not count.
 */
function isOfNoInterest(path: string): boolean {
  return (
    (/[\\/]node_modules[\\/]/.test(path) && !/(?<![\\/](package|\.[^\\/]*))\.json$/.test(path)) ||
    /^\/(proc|sys|dev)\//.test(path) ||
    /[\\/]\.[^\\/]+[\\/]/.test(below(START, path))
  )
}

const below = (directory: string, path: string): string =>
  path.startsWith(directory + sep) ? path.slice(directory.length) : ''

/**
 * Whether a file could be a setting of this program even if it is missing or temporary: it is in or above
 * the working directory, unlike a loader's own cache.
 */
function isNear(path: string): boolean {
  const directory = dirname(path)
  return (
    below(START, path) !== '' ||
    directory === START ||
    START.startsWith(directory === sep ? sep : directory + sep)
  )
}
