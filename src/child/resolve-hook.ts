/** Node 20 only: runs in the thread where Node resolves `import`, and reports from there. */
import type { ResolveHook } from 'node:module'
import { BroadcastChannel } from 'node:worker_threads'
import { CHANNEL, SLOT } from '../wire.ts'
import { FROM_HERE, type HookData, hereURL, type Reporter, reporter } from './loaded-files.ts'

let reporting: Reporter

export function initialize(data: HookData): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.unref()
  reporting = reporter((word) => {
    Atomics.wait(data.flags, SLOT.ready, 0, 1000) // a broadcast that nobody listens to yet is lost
    channel.postMessage(word)
  }, data)
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (specifier.startsWith(FROM_HERE)) {
    return nextResolve(specifier.slice(FROM_HERE.length), { ...context, parentURL: hereURL() })
  }
  try {
    const result = await nextResolve(specifier, context)
    reporting.resolved(result.url)
    return result
  } catch (error) {
    reporting.failed(specifier, context.parentURL)
    throw error
  }
}
