/** Builds a child's configuration, and stamps files before the child can read them. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { EarlyChild } from '../../early-child.ts'
import { levelFor } from '../../log.ts'
import type { Settings } from '../../options/options.ts'
import { FIRST_SOCKET } from '../../protocol/address.ts'
import type { ChildConfig, EntryLink, Launch } from '../../protocol/child-config.ts'
import { compileCacheFrom } from '../../system/compile-cache.ts'
import { filesOfInstaller } from '../../system/installed-packages.ts'
import { realPathOf } from '../../system/real-path.ts'
import { upwards } from '../../system/upwards.ts'
import { stamped } from '../../watch/files/stamp.ts'
import type { Sockets } from '../held/sockets.ts'
import type { StateDirectory } from '../held/state-directory.ts'
import type { NodeCommandLine } from './node-command.ts'
import { settingsFiles } from './settings-files.ts'

/** The collaborators of spawnChild(). */
export interface NodeProgramDeps {
  readonly command: NodeCommandLine
  readonly settings: Settings
  readonly states: StateDirectory
  readonly sockets: Sockets
  /** May become the first child. */
  readonly early?: EarlyChild | undefined
}

/** Whether a standby is possible, and wanted. */
export const keepsStandby = ({ command, settings }: Pick<NodeProgramDeps, 'command' | 'settings'>): boolean =>
  !command.isObserved && settings.standby && process.env.EXIT75_STANDBY !== '0'

/** Returns the descriptor after the two pipes for messages. */
const pipeFd = ({ fds }: Sockets): number => FIRST_SOCKET + fds.length + 2

/** `launch` null: a standby. */
export function childConfig(deps: NodeProgramDeps, launch: Launch | null): ChildConfig {
  const { command, settings, states, sockets } = deps
  const { settle, poll, nodeModules, syntaxCheck, killTimeout, onCrash, onExit, preload } = settings
  const places = Object.entries(sockets.places)
  return {
    parent: process.pid,
    toParentFd: FIRST_SOCKET + sockets.fds.length,
    fromParentFd: FIRST_SOCKET + sockets.fds.length + 1,
    launch,
    execArgv: command.execArgv,
    nodeOptions: command.nodeOptions,
    preloads: command.preloads,
    warm: typeof preload === 'boolean' ? [] : preload,
    reportsBoot: keepsStandby(deps) && preload !== false && !nodeModules && command.preloads.length === 0,
    compileCache: settings.compileCache ? compileCacheFor(command) : null,
    hasLoader: command.loaders.length > 0,
    file: command.entry,
    entry: launch === null && command.findsEntryFirst ? entryLink(command) : null,
    stateDirectory: states.directory,
    sockets: Object.fromEntries(places.map(([key, place]) => [key, FIRST_SOCKET + place])),
    comingSockets: sockets.sent ? { fd: pipeFd(sockets), addresses: sockets.sent.addresses } : null,
    socketFiles: sockets.files,
    watching: {
      startedAt: Date.now(),
      settle,
      poll,
      nodeModules,
      syntaxCheck,
      killTimeout: Number.isFinite(killTimeout) ? killTimeout : null,
      reportLoaded: onCrash === 'wait' || onExit === 'wait' || settings.watch !== null,
      reportEnd: onExit === 'wait',
      overlap: settings.overlap,
      trace: levelFor(settings.log) === 'debug',
      ignored: settings.ignore,
      unreported: [...command.envFiles, ...settingsFiles(command)].map(stamped),
      heldFiles:
        launch === null
          ? filesOfStandby(command, typeof preload === 'boolean' ? [] : preload).map(stamped)
          : [],
    },
  }
}

function entryLink({ cwd, rest: [entry = ''] }: NodeCommandLine): EntryLink | null {
  const path = resolve(cwd, entry)
  const real = realPathOf(path)
  return real === undefined ? null : { path, real }
}

const compileCacheFor = ({ cwd, entry, env }: NodeCommandLine): string | null =>
  compileCacheFrom(entry === null ? cwd : dirname(entry), env)

/** Returns files that Node and packages read and cache unreported: the standby is stale if one changes. */
function filesOfStandby(command: NodeCommandLine, preload: readonly string[]): string[] {
  const { loaders, threadLoaders, cwd, entry, rest } = command
  const directories = entry === null ? [cwd] : [cwd, dirname(entry)]
  const packages = [...loaders, ...preload]
  return [
    ...new Set([
      ...directories.flatMap(descriptions),
      ...(command.findsEntryFirst ? namesFor(resolve(cwd, rest[0] ?? ''), entry) : []),
      ...threadLoaders.flatMap((specifier) => (isPath(specifier) ? [resolve(cwd, specifier)] : [])),
      ...packages.flatMap((name) => filesOfPackage(name, cwd)),
    ]),
  ]
}

/** Returns what Node looks for, in this order, before it takes a file as the entry that was named. */
function namesFor(path: string, entry: string | null): string[] {
  const all = [path, ...completed(path), join(path, 'package.json'), ...completed(join(path, 'index'))]
  const at = entry === path ? 0 : all.findIndex((one) => realPathOf(one) === entry)
  return at < 0 ? all : all.slice(0, at)
}

const completed = (path: string): string[] => ['.js', '.json', '.node'].map((ending) => path + ending)

const isPath = (specifier: string): boolean => /^\.{0,2}\//.test(specifier)

/** Returns each package.json that applies to a directory, or would if it were created. */
function descriptions(directory: string): string[] {
  const file = join(directory, 'package.json')
  const isLast = existsSync(file) || directory === dirname(directory)
  return isLast ? [file] : [file, ...descriptions(dirname(directory))]
}

/** Returns files that change with a package, or with one of its dependencies. */
function filesOfPackage(name: string, cwd: string): string[] {
  for (const at of upwards(cwd)) {
    const modules = join(at, 'node_modules')
    const description = join(modules, name, 'package.json')
    if (existsSync(description)) return [description, ...filesOfInstaller(modules)]
  }
  return []
}
