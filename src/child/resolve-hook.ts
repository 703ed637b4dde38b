/** Node 20 only: reports from the thread in which Node resolves `import`. */
import type { ResolveHook } from 'node:module'
import { BroadcastChannel } from 'node:worker_threads'
import { CHANNEL, SLOT, THREAD_BOOT_TIME } from '../protocol/threads.ts'
import { type HookData, type Reporter, reporter } from './load-reporter.ts'
import { asIfFromHere, requestOf } from './loaded-files.ts'
import { isOurs } from './own-files.ts'
import { throwWithoutUs } from './stack-traces.ts'

let reporting: Reporter

export function initialize(data: HookData): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.unref()
  reporting = reporter((message) => {
    Atomics.wait(data.flags, SLOT.threadReady, 0, THREAD_BOOT_TIME) // a broadcast without a listener is lost
    channel.postMessage(message)
  }, data)
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    const result = await nextResolve(...asIfFromHere(specifier, context))
    reporting.resolved(result.url, requestOf(specifier, context))
    return result
  } catch (error) {
    reporting.failed(requestOf(specifier, context), error)
    throwWithoutUs(error, isOurs)
  }
}
