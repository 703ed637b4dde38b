/**
 * Worker threads with flags of their own (`execArgv: []`) would run without our preload, and what they
 * load would not be watched: only its flags reach a new thread. So Node's class is replaced by a proxy
 * that adds ours, and is otherwise Node's.
 */
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import threads, { type Worker, type WorkerOptions } from 'node:worker_threads'
import { isOurs, OWN_FILES } from './own-files.ts'
import { throwWithoutUs } from './stack-traces.ts'

const PRELOADS = [`${OWN_FILES}preload.cjs`, pathToFileURL(`${OWN_FILES}preload.mjs`).href]
/** The same files under other names, which tell threads with flags of their own from those that inherit them. */
const MARKED = [`${OWN_FILES}.${sep}preload.cjs`, `${PRELOADS[1]}#given`]

/** Returns the flag that loads our preload, with the value for threads with flags of their own. Empty without it. */
export function ownFlags(execArgv: readonly string[]): readonly string[] {
  for (const [at, flag] of execArgv.entries()) {
    const value = execArgv[at + 1] ?? ''
    const kind = Math.max(PRELOADS.indexOf(value), MARKED.indexOf(value))
    // Only Plug'n'Play can read it in an archive, and such a thread lacks that.
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
      // Created from the user's object, of which Node reads more, maybe through getters of a class.
      const all = Array.isArray(given)
        ? [file, Object.create(options as object, { execArgv: { value: [...flags, ...given] } }), ...rest]
        : args
      try {
        return Reflect.construct(target, all, newTarget === replaced ? target : newTarget)
      } catch (error) {
        throwWithoutUs(error, isOurs)
      }
    },
  })
  threads.Worker = replaced
  original.prototype.constructor = replaced
}

/** Returns the flags that a thread was given, without ours. Undefined if it has inherited those of the process. */
export const givenFlags = (execArgv: readonly string[]): string[] | undefined =>
  MARKED.includes(execArgv[1] ?? '') ? execArgv.slice(2) : undefined
