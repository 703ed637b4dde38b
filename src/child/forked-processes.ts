/**
 * Notices that the app starts Node processes. What these load is not reported: that would take flags
 * in their command line or their environment, which they would hand on. So the user is told, once.
 */
import { subscribe } from 'node:diagnostics_channel'
import { basename, resolve } from 'node:path'
import { sendToParent } from '../protocol/messages.ts'
import type { ThreadMessage } from '../protocol/threads.ts'
import { isEval } from '../system/flag-kinds.ts'
import { isInPackage } from '../watch/files/paths.ts'

/** The part of a ChildProcess that tells what it runs; undefined until it is spawned. */
interface Spawned {
  readonly spawnfile?: string
  readonly spawnargs?: readonly string[]
  /** Whether it was started by `fork()`: it is told what to do. */
  readonly connected?: boolean
}

/** Wraps the sending of messages to the watcher thread: an app that calls `watch()` is not told. */
export function reportForks(send: Send, toParentFd: number): Send {
  const reported = new Set<'own' | 'package'>()
  // Node publishes every process that is started asynchronously, so nothing has to be patched.
  subscribe('child_process', (message) => {
    if (!isApp || reported.has('own')) return
    const { process: started } = message as { process: Spawned }
    process.nextTick(() => {
      const script = scriptOf(started)
      if (script === undefined) return
      const whose = isInPackage(script) ? 'package' : 'own'
      if (reported.has('own') || reported.has(whose)) return
      reported.add(whose)
      sendToParent(toParentFd, { is: 'forks', script })
    })
  })
  return (message) => {
    if (message.is === 'watch') reported.add('own')
    send(message)
  }
}

/** Call this before the entry: what a preload of the user's starts belongs to a tool (a debugger's watchdog). */
export function appBegins(): void {
  isApp = true
}
let isApp = false

type Send = (message: ThreadMessage) => void

/** Commands that start Node in their turn. */
const LAUNCHERS = /^(npm|npx|pnpm|yarn|tsx|ts-node|nodemon)$/

/**
 * Returns the program that a Node process runs: a file, or the words of a command that starts one. Undefined
 * for any other process, and for scripts of packages, which nobody edits, unless they are forked: those run
 * modules of the app that they are told of (BullMQ's processors, jest-worker).
 */
export function scriptOf({ spawnfile = '', spawnargs = [], connected = false }: Spawned): string | undefined {
  const words = /^(sh|bash|cmd\.exe)$/.test(basename(spawnfile)) ? wordsOfShell(spawnargs) : spawnargs
  const [command = '', ...args] = words
  const name = basename(command).replace(/\.(exe|cmd)$/, '')
  if (LAUNCHERS.test(name)) return [name, ...args].join(' ')
  const isNode = name === 'node' || command === process.execPath
  const script = args.find((arg, at) => !arg.startsWith('-') && !TAKES_VALUE.test(args[at - 1] ?? ''))
  if (!isNode || script === undefined || args.some(isEval)) return undefined
  const path = resolve(script)
  return isInPackage(path) && !connected ? undefined : path
}

/** Flags of Node whose value is the next word. */
const TAKES_VALUE =
  /^(-r|-C|--(require|import|loader|experimental-loader|conditions|env-file|env-file-if-exists|title))$/

/** Returns the words after `sh -c`; a line with several commands counts as the first one. */
function wordsOfShell(spawnargs: readonly string[]): string[] {
  const line = spawnargs.at(-1) ?? ''
  return line
    .trim()
    .replace(/^exec\s+/, '')
    .split(/\s+/)
}
