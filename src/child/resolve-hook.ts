/** Node 20 only: reports from the thread in which Node resolves `import`. */
import type { ResolveHook } from 'node:module'
import { BroadcastChannel } from 'node:worker_threads'
import { CHANNEL, isLaunched, SLOT, THREAD_BOOT_TIME } from '../protocol/threads.ts'
import { type HookData, type Reporter, reporter } from './load-reporter.ts'
import { asIfFromHere, requestOf } from './loaded-files.ts'
import { isOurs } from './own-files.ts'
import { throwWithoutUs } from './stack-traces.ts'
import { warmUpResolution } from './warm-up.ts'

let reporting: Reporter

export async function initialize(data: HookData): Promise<void> {
  const channel = new BroadcastChannel(CHANNEL)
  channel.unref()
  reporting = reporter((message) => {
    Atomics.wait(data.flags, SLOT.threadReady, 0, THREAD_BOOT_TIME) // a broadcast without a listener is lost
    channel.postMessage(message)
  }, data)
  if (!isLaunched(data.flags)) await warmUpImports()
}

/** In a standby the first import is that of the entry, for which a user waits. */
async function warmUpImports(): Promise<void> {
  warmUpResolution()
  const names = ['data:text/javascript,', 'exit75/nothing'] // the second finds the package
  for (const name of names) await import(name).catch(() => {})
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
