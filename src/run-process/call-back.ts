/**
 * Wraps the watched paths of `runProcess()`: changes go to the callback first, and when it is done to the
 * parent, which then ends the process and starts the next. Changes in the meantime go to the next callback,
 * since they may have come too late for this one.
 */
import type { Listener, WatchedPaths } from '../parent/index.ts'
import type { Change } from '../protocol/change.ts'

interface CallBackOptions {
  /** Begins to watch; throws if that fails. */
  readonly watch: () => WatchedPaths
  readonly callback: ((changes: Set<Change>) => unknown) | undefined
  /** Time after the first launch during which nothing is watched, in ms. */
  readonly gracePeriod: number
}

interface Waiter {
  readonly resolve: (changes: readonly Change[]) => void
  readonly reject: (error: Error) => void
}

export function callBackFirst({ watch, callback, gracePeriod }: CallBackOptions): WatchedPaths {
  let tree: WatchedPaths | undefined
  let timer: NodeJS.Timeout | undefined
  let listener: Listener | undefined
  let waiter: Waiter | undefined
  /** Whether the callback is running or done, and the changes that the next launch is for. */
  let state: { is: 'watching' | 'calling back' } | { is: 'told'; changes: readonly Change[] } = {
    is: 'watching',
  }
  let failure: Error | undefined

  const own: Listener = {
    changed: (changes) => void (state.is === 'watching' && pass(changes)),
    note: (text) => listener?.note(text),
    debug: (text) => listener?.debug(text),
    watches: () => false,
    failed: fail,
  }
  if (gracePeriod === 0) begin()

  return {
    beginAnew() {
      state = { is: 'watching' }
      // setTimeout() with a longer time would fire immediately.
      if (tree === undefined && gracePeriod < 2 ** 31) timer ??= setTimeout(begin, gracePeriod)
    },
    setListener(next) {
      listener = next
      if (failure !== undefined) next.failed(failure)
      else tree?.setListener(own) // immediately reports changes since the last callback began
    },
    change() {
      if (failure !== undefined) return Promise.reject(failure)
      if (state.is === 'told') return Promise.resolve(state.changes)
      return new Promise((resolve, reject) => {
        waiter = { resolve, reject }
      })
    },
    close() {
      clearTimeout(timer)
      tree?.close()
    },
  }

  function begin(): void {
    if (gracePeriod === 0) tree = watch()
    else {
      try {
        tree = watch()
      } catch (error) {
        return fail(error as Error)
      }
      tree.setListener(own)
    }
  }

  async function pass(changes: readonly Change[]): Promise<void> {
    state = { is: 'calling back' }
    tree?.beginAnew()
    try {
      await callback?.(new Set(changes))
    } catch (error) {
      return fail(error as Error)
    }
    state = { is: 'told', changes }
    listener?.changed(changes)
    waiter?.resolve(changes)
  }

  function fail(error: Error): void {
    failure = error
    listener?.failed(error)
    waiter?.reject(error)
  }
}
