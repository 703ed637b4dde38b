/**
 * What `node:worker_threads` exports, for the preload that is an ES module (see .config/build.mjs): an import of the
 * module itself would fix what all others import from it, before worker-flags.ts has replaced a class of it.
 */
type Threads = typeof import('node:worker_threads')

const threads: Threads = process.getBuiltinModule('node:worker_threads')

export default threads
export const BroadcastChannel: Threads['BroadcastChannel'] = threads.BroadcastChannel
export const getEnvironmentData: Threads['getEnvironmentData'] = threads.getEnvironmentData
export const isMainThread: Threads['isMainThread'] = threads.isMainThread
export const setEnvironmentData: Threads['setEnvironmentData'] = threads.setEnvironmentData
export const Worker: Threads['Worker'] = threads.Worker
