/**
 * Boots the first child while this process still finds out what to run, and how: the one takes about as long as the other.
 * It is started as most programs are, and waits for its configuration before it does anything. If this program is to be
 * started in another way, the process is ended, and nobody has noticed it.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { CHANGES_VARIABLE, changesVariable } from './protocol/change.ts'
import { configComesLater, ROLE_VARIABLE } from './protocol/child-config.ts'
import { inherited } from './system/inherited.ts'
import { initialEnvironment } from './system/initial-environment.ts'
import { monotonic } from './system/monotonic.ts'
import type { Start } from './system/node-start.ts'
import { ownFile } from './system/own-files.ts'
import { terminalSettings } from './system/terminal-settings.ts'

/** What spawn() is given. */
export interface SpawnArguments {
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
   * Returns the process if it was started just so, but for the configuration, for which it waits, and as it would be started
   * now. Else ends it, and returns undefined.
   */
  readonly take: (wanted: SpawnArguments) => Taken | undefined
  readonly isTaken: () => boolean
  /** The terminal's settings before any code of the program runs. */
  readonly terminal: Promise<string>
  /** Ends the process, unless it was taken. Resolves when it is gone. */
  readonly end: () => Promise<void>
}

/** Returns undefined if flags, or what is around this process, suggest that the program is started in another way. */
export function startEarly(start: Start): EarlyChild | undefined {
  const initial = { ...start, env: initialEnvironment(start.env) }
  if (!isUsual(initial)) return undefined
  try {
    return started(likelyStart(initial))
  } catch {
    return undefined // no own files, no working directory, no more processes: who starts it then reports that
  }
}

const isUsual = ({ argv, execArgv, env }: Start): boolean =>
  argv.length > 1 &&
  execArgv.length === 0 &&
  (env.NODE_OPTIONS ?? '') === '' &&
  process.platform !== 'win32' && // where a process may be started through another one
  process.channel === undefined &&
  !('bun' in process.versions || 'deno' in process.versions)

function likelyStart({ argv: [file = process.execPath, ...rest], cwd, env }: Start): SpawnArguments {
  return {
    file,
    args: ['-r', fileURLToPath(ownFile('preload.cjs', 'launchChild()')), ...rest],
    options: {
      argv0: process.argv0,
      cwd,
      env: { ...env, [CHANGES_VARIABLE]: changesVariable([]) },
      stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
      serialization: 'json',
    },
  }
}

function started(wanted: SpawnArguments): EarlyChild {
  const { file, args, options } = wanted
  const env = { ...options.env, [ROLE_VARIABLE]: configComesLater(process.pid) }
  const startedAt = monotonic()
  // Not imported: a child, which imports this file with the rest of the package, does not need it.
  const child = process.getBuiltinModule('node:child_process').spawn(file, args, { ...options, env })
  const terminal = terminalSettings()
  const before = inherited()
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()).on('error', () => resolve()))
  let state: 'waits' | 'taken' | 'ended' = 'waits'
  const end = async () => {
    if (state === 'taken') return
    state = 'ended'
    child.kill('SIGKILL')
    await gone
  }
  return {
    take(other) {
      const isAlive = child.pid !== undefined && child.exitCode === null && child.signalCode === null
      const isSame = isDeepStrictEqual(other, wanted) && inherited() === before
      if (state === 'waits' && isAlive && isSame) {
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
