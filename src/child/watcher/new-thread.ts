/** How the watcher thread is started: with as little of the process around it as Node allows. */
import threads, { type Worker } from 'node:worker_threads'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { CHANNEL } from '../../protocol/threads.ts'
import { isAddressSpaceLimited } from '../../system/address-space.ts'
import { isPlugNPlay } from '../../system/flag-kinds.ts'
import { wordsOf } from '../../system/node-options.ts'
import { ownFile } from '../../system/own-files.ts'
import { START } from '../../watch/files/paths.ts'
import type { WatcherData } from './followed-files.ts'

/** Node's class, before it is replaced by one that hands on our flags (worker-flags.ts), or by the app. */
const { Worker: WorkerOfNode } = threads

/** Throws if the system cannot start a thread. */
export function newThread(config: ChildConfig, flags: Int32Array): Worker {
  return new WorkerOfNode(ownFile('watcher.cjs', 'exit75'), {
    name: CHANNEL,
    workerData: {
      config,
      flags,
      foreignLoader: hasForeignLoader(),
      entry: config.file ?? '',
      start: START,
    } satisfies WatcherData,
    // Own flags, since inherited ones would run the app's preloads. SourceTextModule needs the first.
    execArgv: ['--experimental-vm-modules', '--no-warnings', ...plugAndPlay()],
    // It writes nothing. Without these, Node opens the process's own streams, which the app may never do.
    stdout: true,
    stderr: true,
    // By default V8 reserves more addresses for a thread than the whole process may have there.
    ...(isAddressSpaceLimited() && { resourceLimits: { codeRangeSizeMb: CODE_RANGE } }),
    env: process.env.NODE_V8_COVERAGE ? { NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE } : {},
  })
}

/** Space for the machine code of the thread, in MB: it needs less than one. */
const CODE_RANGE = 4

/** Returns Yarn's Plug'n'Play flags: without them the thread finds neither node-watch nor itself. */
function plugAndPlay(): string[] {
  if (process.versions.pnp === undefined) return []
  const words = [...process.execArgv, ...wordsOf(process.env.NODE_OPTIONS ?? '')]
  const flags = words.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]))
  return flags.flatMap((flag, at) => (isPlugNPlay(flag) ? [flags[at - 1] ?? '', flag] : []))
}

/** Whether something other than Node may turn the app's files into JavaScript. */
function hasForeignLoader(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  return /(^|\s)(--import|--require|-r|--loader|--experimental-loader)\b/.test(flags)
}
