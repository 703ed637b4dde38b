/** Starts the watcher thread, which lives as long as the process and keeps nothing alive. */
import { Worker } from 'node:worker_threads'
import { type Birth, CHANNEL, RestartRequested, type ThreadWord, tellParent } from '../../wire.ts'
import type { WatcherData } from './thread.ts'

export interface Watcher {
  readonly tell: (word: ThreadWord) => void
}

export function startWatcher(birth: Birth, flags: Int32Array, restart: AbortController): Watcher {
  // Built code: tsc does not rewrite a path inside new URL().
  const thread = new Worker(new URL('./watcher.js', import.meta.url), {
    name: CHANNEL,
    workerData: {
      birth,
      flags,
      foreignLoader: hasForeignLoader(),
    } satisfies WatcherData,
    // Its own flags, or it would run the app's preloads. The module parser of node:vm needs one.
    execArgv: ['--experimental-vm-modules', '--no-warnings'],
    env: process.env.NODE_V8_COVERAGE ? { NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE } : {},
  })
  thread.on('message', (word: ThreadWord) => {
    if (word.is === 'outdated') restart.abort(new RestartRequested(word))
    if (word.is === 'ask')
      afterWaitingSignals(() => tellParent(birth.pipe, { is: 'idle', about: word.about }))
  })
  thread.on('error', (error: Error) =>
    tellParent(birth.pipe, { is: 'failed', message: error.stack ?? String(error) }),
  )
  thread.unref()
  return {
    tell(word) {
      // At once: the app may exit before the thread gets to it.
      if (word.is === 'note') tellParent(birth.pipe, word)
      else thread.postMessage(word)
    },
  }
}

/**
 * libuv runs the handlers of signals at the end of a round. The second round: a signal that came
 * while this one was on its way back from the kernel is only read in the next.
 */
function afterWaitingSignals(act: () => void): void {
  setImmediate(() => setImmediate(act))
}

/** Something else than Node may turn the app's files into JavaScript. */
function hasForeignLoader(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  return /(^|\s)(--import|--require|-r|--loader|--experimental-loader)\b/.test(flags)
}
