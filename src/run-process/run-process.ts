import { setImmediate as nextTurn } from 'node:timers/promises'
import { loadParent } from '../load-parent.ts'
import type { Settings } from '../options/options.ts'
import type { Program } from '../parent/index.ts'
import { FIRST_LAUNCH } from '../protocol/child-config.ts'
import { callersOf, rethrow } from '../system/raise.ts'
import { callBackFirst } from './call-back.ts'
import { commandForTarget } from './command-for-target.ts'
import { rulesOf } from './filters.ts'
import { importing } from './importing.ts'
import { type RunProcessOptions, type RunRequest, readRunProcess, type WatchedPaths } from './options.ts'
import { detectTargetType } from './target.ts'

export type { RunProcessOptions } from './options.ts'

/**
 * Runs a command, or a function in a fresh process, and again whenever something below the paths changes:
 * `runProcess('src', { target: 'python3 app.py' })`. Paths are files, and directories with all below them, relative
 * to the working directory; one, several (`runProcess('src', 'lib', { … })`), or a list. The options come last.
 *
 * Resolves with the number of restarts when this process gets SIGINT or SIGTERM, or when `signal` aborts;
 * by then the last process has ended, and nothing of it is left. A process that ends by itself is run
 * again after the next change.
 *
 * Rejects for invalid options, for paths and commands that do not exist, if the callback fails, and for a
 * process that even SIGKILL does not end.
 */
export async function runProcess(
  ...pathsAndOptions: [...paths: WatchedPaths[], options: RunProcessOptions]
): Promise<number> {
  const callers = callersOf(runProcess)
  const [program, signal, parent] = await prepared(pathsAndOptions).catch((error) =>
    rethrow(error, 'runProcess(): ', callers),
  )
  if (signal?.aborted) {
    await program.cleanUp()
    return 0
  }
  const { restarts } = await parent.relaunch(parent.startFirst(program), { abort: signal })
  return restarts
}

async function prepared(given: readonly unknown[]) {
  if (importing.target !== undefined) throw wouldRepeat(importing.target)
  const paths = given.slice(0, -1) as WatchedPaths[]
  const request = readRunProcess(paths.flat(), given.at(-1) as RunProcessOptions)
  const parent = loadParent('runProcess()')
  return [await programFor(request, parent), request.signal, parent] as const
}

async function programFor(
  request: RunRequest,
  { NO_SOCKETS, spawnCommand, startGuard, watchedProgram, watchPaths }: ReturnType<typeof loadParent>,
): Promise<Program> {
  const { target, args, targetType, callback, watchFilter, gracePeriod, paths, directory } = request
  const type = targetType === 'auto' ? detectTargetType(target) : targetType
  const { command, env } = commandForTarget(target, type, args, directory)
  const settings: Settings = { ...request.settings, env }
  const { extensions = null, ...rules } = rulesOf(watchFilter)
  const watch = () => watchPaths(paths, directory, { ...request.watching, ext: extensions, rules })
  const watchedPaths = await orNothing(() => callBackFirst({ callback, gracePeriod, watch }))
  const guard = startGuard(settings)
  return {
    ...watchedProgram(settings, watchedPaths),
    spawn: (launch) => spawnCommand(command, settings, NO_SOCKETS, guard, launch ?? FIRST_LAUNCH),
    ...(type === 'command' &&
      args.length > 0 && { warning: 'the option args is for functions: a command has its own' }),
    async cleanUp() {
      watchedPaths.close()
      await guard.dismiss()
      await untilClosed()
    },
  }
}

/** Rethrows what the attempt throws, once everything it opened is closed. */
async function orNothing<T>(attempt: () => T): Promise<T> {
  try {
    return attempt()
  } catch (error) {
    await untilClosed()
    throw error
  }
}

/** Handles are closed at the end of a turn of the event loop, maybe not this one. */
async function untilClosed(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await nextTurn()
}

function wouldRepeat(target: string): Error {
  return new Error(
    `runProcess(): called while importing ${target}, in the process started for it, which would never end. ` +
      'Put the function into a module that does not call runProcess() at its top.',
  )
}
