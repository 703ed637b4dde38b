/**
 * Worker threads that are given flags of their own (`execArgv: []`) would run without our preload, and what they
 * load would not be watched: nothing else reaches a new thread than its flags. So Node's class is replaced by one
 * that adds ours; all else of it is Node's.
 */
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import threads, { type Worker, type WorkerOptions } from 'node:worker_threads'
import { OWN_FILES } from './own-files.ts'

const PRELOADS = [`${OWN_FILES}preload.cjs`, pathToFileURL(`${OWN_FILES}preload.mjs`).href]
/** The same files for threads with flags of their own; so these are told from what a thread inherits. */
const MARKED = [`${OWN_FILES}.${sep}preload.cjs`, `${PRELOADS[1]}#given`]

/** The flag that loads our preload, and its value as a thread with flags of its own gets it; empty without it. */
export function ownFlags(execArgv: readonly string[]): readonly string[] {
  for (const [at, flag] of execArgv.entries()) {
    const value = execArgv[at + 1] ?? ''
    const kind = Math.max(PRELOADS.indexOf(value), MARKED.indexOf(value))
    // In an archive only Plug'n'Play can read it, which such a thread does not have.
    if (kind >= 0) return /\.zip[\\/]/.test(value) ? [] : [flag, MARKED[kind] as string]
  }
  return []
}

/** Call before any code of the user has seen Node's class. */
export function handOnFlags(flags: readonly string[]): void {
  if (flags.length === 0) return
  const { Worker: original } = threads
  const replaced: typeof Worker = new Proxy(original, {
    construct(target, args, newTarget) {
      const [file, options, ...rest] = args as [string | URL, WorkerOptions | undefined]
      const given: unknown = options?.execArgv
      // Created from the user's object, which may be of a class: Node reads more of it than this.
      const all = Array.isArray(given)
        ? [file, Object.create(options as object, { execArgv: { value: [...flags, ...given] } }), ...rest]
        : args
      return Reflect.construct(target, all, newTarget === replaced ? target : newTarget)
    },
  })
  threads.Worker = replaced
  original.prototype.constructor = replaced
}

/** What a thread was given besides ours; undefined if it has inherited the flags of the process. */
export const givenFlags = (execArgv: readonly string[]): string[] | undefined =>
  MARKED.includes(execArgv[1] ?? '') ? execArgv.slice(2) : undefined
