/**
 * Boots the first child while the command still finds out what to run, and how: the one takes about as long as the other.
 * It is started as most programs are, and waits for its configuration before it does anything. If this program is to be
 * started in another way, the process is ended, and nobody has noticed it.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CHANGES_VARIABLE, changesVariable } from '../protocol/change.ts'
import { configComesLater, ROLE_VARIABLE } from '../protocol/child-config.ts'
import { monotonic } from '../system/monotonic.ts'
import { keepTerminal, type Terminal } from './terminal.ts'

/** What spawn() is given. */
export interface ProcessStart {
  readonly file: string
  readonly args: readonly string[]
  readonly options: SpawnOptions
}

interface Taken {
  readonly process: ChildProcess
  /** By the monotonic clock, in ms. */
  readonly startedAt: number
}

export interface EarlyChild {
  /**
   * Returns the process if it was started just so, but for the configuration, for which it waits. Else ends it, and returns
   * undefined.
   */
  readonly take: (wanted: ProcessStart) => Taken | undefined
  readonly isTaken: () => boolean
  /** As it is before any code of the program runs. */
  readonly terminal: Terminal
  /** Ends the process, unless it was taken. Resolves when it is gone. */
  readonly end: () => Promise<void>
}

/** Returns undefined if these words, or what is around this process, suggest that the program is started in another way. */
export function startEarly(words: readonly string[], preload: string): EarlyChild | undefined {
  if (!isUsual(words)) return undefined
  try {
    return started(likelyStart(words, preload))
  } catch {
    return undefined // no working directory, or no more processes: who starts it then reports that
  }
}

/** Whether a JavaScript file comes first, and nothing around this process changes how Node is started. */
const isUsual = ([word = '']: readonly string[]): boolean =>
  /^[^-].*\.[cm]?js$/.test(word) &&
  existsSync(word) &&
  process.platform !== 'win32' && // where a process may be started through another one
  process.execArgv.length === 0 &&
  (process.env.NODE_OPTIONS ?? '') === '' &&
  process.env[ROLE_VARIABLE] === undefined &&
  process.channel === undefined &&
  !('bun' in process.versions || 'deno' in process.versions)

function likelyStart([word = '', ...args]: readonly string[], preload: string): ProcessStart {
  return {
    file: process.execPath,
    args: ['-r', preload, resolve(word), ...args],
    options: {
      argv0: process.argv0,
      cwd: process.cwd(),
      env: { ...process.env, [CHANGES_VARIABLE]: changesVariable([]) },
      stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
      serialization: 'json',
    },
  }
}

function started(start: ProcessStart): EarlyChild {
  const { file, args, options } = start
  const env = { ...options.env, [ROLE_VARIABLE]: configComesLater(process.pid) }
  const startedAt = monotonic()
  const child = spawn(file, args, { ...options, env })
  const terminal = keepTerminal()
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()).on('error', () => resolve()))
  let state: 'waits' | 'taken' | 'ended' = 'waits'
  const end = async () => {
    if (state === 'taken') return
    state = 'ended'
    child.kill('SIGKILL')
    await gone
  }
  return {
    take(wanted) {
      const isAlive = child.pid !== undefined && child.exitCode === null && child.signalCode === null
      if (state === 'waits' && isAlive && isDeepStrictEqual(wanted, start)) {
        state = 'taken'
        return { process: child, startedAt }
      }
      void end()
      return undefined
    },
    isTaken: () => state === 'taken',
    terminal,
    end,
  }
}
